// The types of a SQLite database, whose one schema is `main`, under supabase-js; compiled only.
import { createClient } from "@supabase/supabase-js"
import type { Database, Tables, TablesUpdate } from "./made/sqlite.types.js"

const client = createClient<Database>("http://127.0.0.1", "key")

export async function names(): Promise<string[]> {
  const { data } = await client.from("people").select("name, manager_id").limit(1)
  const one: Pick<Tables<"people">, "name"> | undefined = data?.[0]
  return one ? [one.name] : []
}

export const odd: Tables<"Mixed Case">["com,ma"] = null
export const change: TablesUpdate<"order"> = { limit: 1, "*": "x" }
// @ts-expect-error: the database computes it
export const computed: TablesUpdate<"order_lines"> = { total: 1 }
// @ts-expect-error: there is no such table
client.from("persons")
