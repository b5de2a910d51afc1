"""What whoever looks at a page may do, for the templates to offer it or not."""

from django import template

from valhub.analyses.selectors import permissions

register = template.Library()

register.filter("may_publish", permissions.may_publish)
register.filter("may_manage", permissions.may_manage)
