"""The schema says otherwise: no such table, column, relation or value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autoapi.errors.base import ApiError, nearest

__all__ = [
    "ambiguous_name",
    "ambiguous_relationship",
    "ambiguous_routine",
    "bad_value",
    "no_cast",
    "no_operator",
    "no_relationship",
    "no_such_column",
    "no_such_table",
    "not_boolean",
    "nul_character",
    "number_too_large",
    "repeated_embed",
    "too_many_to_draw",
    "unknown_body_column",
    "unknown_column",
    "unknown_routine",
    "unknown_table",
]


def no_relationship(
    parent: str, child: str, hint_given: str | None, schema: str, hint: str | None
) -> ApiError:
    """Nothing leads from one to the other; ``hint`` says what may have been meant."""
    with_hint = f"' using the hint '{hint_given}" if hint_given else ""
    return ApiError(
        "PGRST200",
        400,
        f"Could not find a relationship between '{parent}' and '{child}' in the schema cache",
        details=f"Searched for a foreign key relationship between '{parent}' and"
        f" '{child}{with_hint}' in the schema '{schema}', but no matches were found.",
        hint=hint,
    )


def ambiguous_relationship(
    parent: str, child: str, candidates: Sequence[dict[str, str]], hints: Sequence[str]
) -> ApiError:
    """Several relationships fit; all are listed. One that is computed has nothing to list."""
    tries = ", ".join(f"'{hint}'" if hint else "" for hint in hints)
    return ApiError(
        "PGRST201",
        300,
        "Could not embed because more than one relationship was found for"
        f" '{parent}' and '{child}'",
        details=list(candidates),
        hint=f"Try changing '{child}' to one of the following: {tries}."
        " Find the desired relationship in the 'details' key.",
    )


def unknown_body_column(table: str, column: str, known: Iterable[str]) -> ApiError:
    """A body key or a name in ``columns`` that the table does not have."""
    near = nearest(column, known)
    return ApiError(
        "PGRST204",
        400,
        f"Could not find the '{column}' column of '{table}' in the schema cache",
        hint=f"Perhaps you meant the column '{near}'." if near else None,
    )


def unknown_table(schema: str, table: str, near: str | None) -> ApiError:
    """No such table or view in the schema; ``near`` is what may have been meant."""
    return ApiError(
        "PGRST205",
        404,
        f"Could not find the table '{schema}.{table}' in the schema cache",
        hint=near and f"Perhaps you meant the table '{schema}.{near}'",
    )


def no_such_table(name: str, known: Iterable[str]) -> ApiError:
    """A table that an operator names and the database does not have."""
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else None
    return ApiError("PGRST205", 404, f"There is no table '{name}' in the schemas read", hint=hint)


def too_many_to_draw(tables: int, most: int) -> ApiError:
    """A diagram of more tables than can be read."""
    return ApiError(
        "AUTO145",
        409,
        f"{tables:,} tables are too many for a diagram, which shows {most} at most",
        hint="Name those to begin with, and how far from them others may be: tables=a,b&depth=1",
    )


def unknown_routine(
    schema: str,
    name: str,
    arguments: Sequence[str],
    *,
    unnamed: str | None = None,
    alone: bool = False,
    hint: str | None = None,
) -> ApiError:
    """No such function in the schema, or none that takes arguments of these names.

    ``unnamed`` are the types of the single parameter without a name that was looked for
    too; ``alone``: only for that.
    """
    function = f"{schema}.{name}"
    given = ", ".join(arguments)
    single = f"with a single unnamed {unnamed} parameter"
    if alone:
        wanted, searched = function, f"{function} {single}"
    else:
        plural = "parameters" if len(arguments) > 1 else "parameter"
        wanted = f"{function}({given})" if arguments else f"{function} without parameters"
        searched = f"{function} with {plural} {given}" if arguments else wanted
        searched += f" or {single}" if unnamed else ""
    return ApiError(
        "PGRST202",
        404,
        f"Could not find the function {wanted} in the schema cache",
        details=f"Searched for the function {searched}, but no matches were found in the schema"
        " cache.",
        hint=hint and f"Perhaps you meant to call the function {schema}.{hint}",
    )


def ambiguous_routine(candidates: Sequence[str]) -> ApiError:
    """Several overloads fit the arguments."""
    listed = ", ".join(candidates)
    return ApiError(
        "PGRST203",
        300,
        f"Could not choose the best candidate function between: {listed}",
        hint="Try renaming the parameters or the function itself in the database so function"
        " overloading can be resolved",
    )


def unknown_column(table: str, column: str, known: Iterable[str]) -> ApiError:
    """A column in select, filter or order that the table does not have, as PostgreSQL says it."""
    near = nearest(column, known)
    return ApiError(
        "42703",
        400,
        f"column {table}.{column} does not exist",
        hint=f'Perhaps you meant to reference the column "{table}.{near}".' if near else None,
    )


def ambiguous_name(name: str) -> ApiError:
    """A name that a spread has twice, as PostgreSQL says it."""
    return ApiError("42702", 400, f'column reference "{name}" is ambiguous')


def repeated_embed(name: str, *, lists: bool) -> ApiError:
    """Two embeds of one name beside each other, as PostgreSQL says it of PostgREST's joins.

    Of two lists it says something else.
    """
    if lists:
        message = "aggregate functions are not allowed in FROM clause of their own query level"
        return ApiError("42803", 400, message)
    return ApiError("42712", 400, f'table name "{name}" specified more than once')


def no_such_column(column: str) -> ApiError:
    """A column named without its table, as PostgreSQL says it."""
    return ApiError("42703", 400, f'column "{column}" does not exist')


def bad_value(type_name: str, value: str, field: str | None = None) -> ApiError:
    """A value that the column's type cannot hold, as PostgreSQL says it."""
    shown = value if len(value) <= 200 else value[:200] + "..."
    return ApiError(
        "22P02",
        400,
        f'invalid input syntax for type {type_name}: "{shown}"',
        details=f"in {field}" if field else None,
    )


def no_cast(type_name: str, wanted: str) -> ApiError:
    """A type whose values are none of another, as PostgreSQL says it."""
    message = f"cannot cast type {type_name.lower()} to {wanted.lower()}"
    return ApiError("42846", 400, message)


def no_operator(type_name: str, symbol: str) -> ApiError:
    """A type that lacks an operator, as PostgreSQL says it."""
    words = {"LIKE": "~~", "ILIKE": "~~*"}
    return ApiError(
        "42883",
        404,
        f"operator does not exist: {type_name.lower()} {words.get(symbol, symbol)} unknown",
        hint="No operator matches the given name and argument types."
        " You might need to add explicit type casts.",
    )


def not_boolean(state: str, type_name: str) -> ApiError:
    """A truth value asked of what has none, as PostgreSQL says it."""
    message = f"argument of IS {state.upper()} must be type boolean, not type {type_name.lower()}"
    return ApiError("42804", 400, message)


def number_too_large(text: str) -> ApiError:
    """A number that is none of a bigint, as PostgreSQL says it."""
    return ApiError("22003", 400, f'value "{text}" is out of range for type bigint')


def nul_character(field: str) -> ApiError:
    """U+0000 cannot be stored in a text of PostgreSQL; refused on both databases alike."""
    return ApiError(
        "22021", 400, 'invalid byte sequence for encoding "UTF8": 0x00', details=f"in {field}"
    )
