"""What a page's visitor may do, so that templates offer nothing else."""

from django import template

from valhub.analyses.selectors import permissions

register = template.Library()

register.filter("may_publish", permissions.may_publish)
register.filter("may_manage", permissions.may_manage)
