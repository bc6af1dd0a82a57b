"""The fixed parts of the TypeScript module: JSON's type, and shorthands over ``Database``."""

from __future__ import annotations

from typing import Final

__all__ = ["JSON_TYPE", "SHORTHANDS"]

JSON_TYPE: Final = """\
export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]
"""

SHORTHANDS: Final = """
type Schemas = Omit<Database, "__InternalSupabase">
type DefaultSchema = Schemas[Extract<keyof Schemas, DEFAULT_SCHEMA>]
type Named = { schema: keyof Schemas }

// A name in the default schema, or { schema: "other" } and then the name in that.
type Chosen<Given> = Given extends { schema: infer Schema extends keyof Schemas }
  ? Schemas[Schema]
  : DefaultSchema
type ChosenName<Given, Name> = Given extends Named ? Name : Given
type Relations<Schema> = Schema extends { Tables: infer T; Views: infer V } ? T & V : never
type Section<Schema, Key extends string> = Schema extends { [key in Key]: infer S } ? S : never
type Part<Relation, Key extends string> = Relation extends { [key in Key]: infer P } ? P : never
type At<Record, Name> = Name extends keyof Record ? Record[Name] : never

/** A row as it is read: `Tables<"orders">`, `Tables<{ schema: "archive" }, "orders">`. */
export type Tables<
  Given extends keyof Relations<DefaultSchema> | Named,
  Name extends Given extends Named ? keyof Relations<Chosen<Given>> : never = never,
> = Part<At<Relations<Chosen<Given>>, ChosenName<Given, Name>>, "Row">

/** A row to add. */
export type TablesInsert<
  Given extends keyof DefaultSchema["Tables"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Tables"> : never = never,
> = Part<At<Section<Chosen<Given>, "Tables">, ChosenName<Given, Name>>, "Insert">

/** Columns to change. */
export type TablesUpdate<
  Given extends keyof DefaultSchema["Tables"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Tables"> : never = never,
> = Part<At<Section<Chosen<Given>, "Tables">, ChosenName<Given, Name>>, "Update">

/** One label of an enum. */
export type Enums<
  Given extends keyof DefaultSchema["Enums"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Enums"> : never = never,
> = At<Section<Chosen<Given>, "Enums">, ChosenName<Given, Name>>

/** A value of a composite type. */
export type CompositeTypes<
  Given extends keyof DefaultSchema["CompositeTypes"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "CompositeTypes"> : never = never,
> = At<Section<Chosen<Given>, "CompositeTypes">, ChosenName<Given, Name>>
"""
