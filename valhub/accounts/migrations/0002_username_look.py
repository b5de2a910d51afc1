"""Adds what user names that look alike share, so that nobody registers a second one.

The rule is copied from `similar_names` as it was then. Where two accounts have such names already,
the one that joined first keeps the look, and the other one has none.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Greek, Cyrillic, Armenian and rare Latin letters; a capital I and a one look like a small l.
_LOOK_ALIKE = {
    "a": "\u0430\u03b1\u0251\u0391\u0410",
    "b": "\u0392\u0412",
    "c": "\u0441\u0421\u03f2\u03f9",
    "d": "\u0501",
    "e": "\u0435\u0395\u0415",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570\u0397\u041d",
    "i": "\u0456\u03b9\u0131\u0269",
    "j": "\u0458\u0575\u03f3",
    "k": "\u043a\u03ba\u039a\u041a",
    "l": "I1\u04cf\u04c0\u0406\u0399",
    "m": "\u039c\u041c",
    "n": "\u043f\u03b7\u0578\u039d",
    "o": "0\u043e\u03bf\u0585\u039f\u041e\u0555",
    "p": "\u0440\u03c1\u03a1\u0420",
    "q": "\u051b\u0566",
    "r": "\u0433",
    "s": "\u0455\u0405",
    "t": "\u03a4\u0422",
    "u": "\u03c5\u057d",
    "v": "\u03bd\u0475",
    "w": "\u051d\u03c9\u0461",
    "x": "\u0445\u03c7\u03a7\u0425",
    "y": "\u0443\u03b3\u03a5\u0423\u04ae",
    "z": "\u0396",
}
_LETTERS = str.maketrans({one: letter for letter, all_ in _LOOK_ALIKE.items() for one in all_})
_PAIRS = (("rn", "m"), ("vv", "w"))


def _look_of(username: str) -> str:
    look = username.strip().translate(_LETTERS).lower().translate(_LETTERS)
    for pair, letter in _PAIRS:
        look = look.replace(pair, letter)
    return look


def fill_in(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give every account its look, as long as no earlier one has it."""
    accounts = apps.get_model("accounts", "Account").objects.using(editor.connection.alias)
    for pk, username in accounts.order_by("date_joined", "pk").values_list("pk", "username"):
        look = _look_of(username)
        # The database decides what is equal, because its unique index does.
        if not accounts.filter(username_look=look).exists():
            accounts.filter(pk=pk).update(username_look=look)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="username_look",
            field=models.CharField(editable=False, max_length=300, null=True, unique=True),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
