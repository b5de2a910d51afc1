"""Changes of a CSV table: of its columns, of its rows, of its cells, of its text."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tests.fuzz.odd_values import FORMATS, LARGEST_FILE_BYTES, ZONES, Dice

Table = list[list[str]]


def series(rows: int, minutes: int = 60) -> bytes:
    """Make a sound data file."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    stamps = (start + timedelta(minutes=minutes * number) for number in range(rows))
    lines = (f"{stamp:%Y-%m-%d %H:%M:%S},{stamp.hour}.5" for stamp in stamps)
    return "\n".join(["measured_on,ac_power", *lines, ""]).encode()


def mutate_table(dice: Dice, content: bytes) -> bytes:
    """Return a changed table."""
    if dice.chance(0.12):
        return dice.damaged(content)
    table = [line.split(",") for line in content.decode().splitlines()]
    for _ in range(dice.choice([1, 1, 2, 3])):
        dice.choice(CHANGES)(dice, table)
    separator = dice.choice([";", "\t", "|", " ", ", "]) if dice.chance(0.1) else ","
    end = (
        dice.choice(["\r\n", "\r", "\r\r\n", "\n\n", "\u2028", "\0"]) if dice.chance(0.1) else "\n"
    )
    text = end.join(some_lines(table, separator))
    if dice.chance(0.9):
        text += end
    encoding = dice.choice(["utf-16", "utf-8-sig", "latin-1", "cp1252", "shift-jis", "utf-32"])
    encoded = text.encode(encoding if dice.chance(0.1) else "utf-8", errors="replace")
    return encoded.replace(b"?", b"\xff") if dice.chance(0.05) else encoded


def some_lines(table: Table, separator: str) -> Iterator[str]:
    """Join cells, until there is as much text as any file has: many rows may hold large cells."""
    left = LARGEST_FILE_BYTES
    for row in table:
        line = separator.join(row)[:left]
        yield line
        left -= len(line)
        if left <= 0:
            return


def column_of(dice: Dice, table: Table) -> int:
    return dice.randrange(max(len(table[0]), 1)) if table else 0


def row_of(dice: Dice, table: Table) -> int:
    return dice.randrange(len(table)) if table else 0


def each(table: Table, column: int, change: Callable[[str], str], *, skip: int = 1) -> None:
    for row in table[skip:]:
        if column < len(row):
            row[column] = change(row[column])


def odd_cells(dice: Dice, table: Table) -> None:
    for _ in range(dice.choice([1, 1, 3, 30])):
        row = table[row_of(dice, table)] if table else []
        if row:
            row[dice.randrange(len(row))] = dice.cell()


def one_odd_column(dice: Dice, table: Table) -> None:
    """Write the same odd thing into every cell of a column, or another one into each."""
    column, cell = column_of(dice, table), dice.cell()
    alike = dice.chance(0.5)
    each(table, column, lambda old: cell if alike else dice.cell())


def other_dates(dice: Dice, table: Table) -> None:
    """Write every date in another format; rarely in one of two."""
    formats = dice.sample(FORMATS, 2)
    share = dice.choice([1, 1, 1, 0.5, 0.99])

    def write(old: str) -> str:
        try:
            stamp = datetime.fromisoformat(old).replace(tzinfo=UTC)
        except ValueError:
            return old
        return stamp.strftime(formats[0] if dice.chance(share) else formats[1])

    each(table, column_of(dice, table) if dice.chance(0.2) else 0, write)


def zones(dice: Dice, table: Table) -> None:
    zone = dice.choice([*ZONES, "Z", "+00:00", "-07:00", "+0530", "+25:00"])
    each(table, 0, lambda old: old + zone if dice.chance(0.9) else old)


def decorate(dice: Dice, table: Table) -> None:
    """Change how every cell of a column is written."""
    forms = ('"{}"', '"{}', '{}"', " {} ", "{} kW", "={}", "'{}'", "{}\0", "1,{}", "{}e308", "-{}")
    form = dice.choice(forms)
    each(table, column_of(dice, table), form.format, skip=dice.choice([0, 1]))


def change_columns(dice: Dice, table: Table) -> None:
    column, kind = column_of(dice, table), dice.randrange(6)
    name = dice.text()
    for number, row in enumerate(table):
        if column >= len(row):
            continue
        if kind == 0:
            del row[column]
        elif kind == 1:
            row.append(row[column])
        elif kind == 2 and number == 0:
            row[column] = name
        elif kind == 3:
            row.append(name if number == 0 else dice.cell())
        elif kind == 4:
            row.insert(0, row.pop(column))
        elif kind == 5 and number == 0:
            del row[column]


def change_rows(dice: Dice, table: Table) -> None:
    at, kind = row_of(dice, table), dice.randrange(9)
    odd = (
        ["# a comment"], [""], [], ["W", "kW/m²"], ["Total", "99"], table[0][:] if table else [],
        [dice.cell() for _ in range(dice.randrange(9))],
    )  # fmt: skip
    if kind < 3:
        table.insert(at, dice.choice(odd))
    elif kind == 3:
        del table[at : at + dice.choice([1, 1, 10])]
    elif kind == 4:
        table[at:at] = table[at : at + 3]
    elif kind == 5:
        table[1:] = reversed(table[1:])
    elif kind == 6:
        dice.shuffle(table)
    elif kind == 7:
        table.append(dice.choice(odd))
    else:
        del table[0:1]


def grow(dice: Dice, table: Table) -> None:
    """Make a table very long, very wide, or one of its cells very large."""
    kind, many = dice.randrange(4), dice.choice([200, 2000, 20_000])
    if kind == 0 and len(table) > 1:
        table[1:] = table[1:] * max(many // len(table), 1)
    elif kind == 1:
        for number, row in enumerate(table[: 2_000_000 // many]):
            row += [f"c{one}" if number == 0 else "1" for one in range(many)]
    elif kind == 2 and table:
        table[row_of(dice, table)] = [dice.choice(["x", "9", '"', "é", ","]) * (100 * many)]
    elif table:
        table[0] = [f"{dice.choice('ab')}{dice.text()}" for _ in range(20)]


CHANGES: tuple[Callable[[Dice, Table], None], ...] = (
    odd_cells, odd_cells, odd_cells, one_odd_column, other_dates, other_dates, zones, decorate,
    change_columns, change_columns, change_rows, change_rows, grow,
)  # fmt: skip
