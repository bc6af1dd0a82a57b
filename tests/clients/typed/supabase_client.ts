// supabase-js with the types of `autoapi generate`, over the running service.
import { createClient } from "@supabase/supabase-js"
import type { CompositeTypes, Database, Enums, Tables, TablesInsert } from "./made/database.types.js"
import { Constants } from "./made/database.types.js"

// Node 20 has none, and nothing here opens one.
class NoSocket {}

const client = createClient<Database>(process.argv[2] ?? "", process.argv[3] ?? "", {
  auth: { persistSession: false, autoRefreshToken: false },
  realtime: { transport: NoSocket as never },
})

const read = await client.from("class").select('id, import, from, "Order Items"(size, cost)').order("id")
const names: string[] = (read.data ?? []).map((row) => row.import)
const sizes: Enums<"size class">[] = (read.data ?? []).flatMap((row) =>
  row["Order Items"].map((item) => item.size),
)
const person = await client.from("people").select("name, class(import), initial").eq("id", 1).single()
const one: string | undefined = person.data?.class?.import
const row: TablesInsert<"class"> = { import: "four", "a b": "x", "2nd": null }
const made = await client.from("class").insert(row).select("import").single()
const sum = await client.rpc("add", { a: 2 })
const three: number | null = sum.data
const bosses = await client.rpc("bosses").select("name")
const other = await client.schema("Other One").from("class").select("code, weight").single()
const weight: number | null | undefined = other.data?.weight
const cheap: Tables<"cheap items"> = { class_id: 1, "line no": 2, cost: 2 }
const place: CompositeTypes<"point_of_sale"> = { street: "x", "house no": 1 }
const theirs: Tables<{ schema: "Other One" }, "class"> = { code: "X", weight: null }
const refused = await client.from("class").insert({ import: "five", id: 1 })
await client.from("class").delete().eq("import", "four")

// @ts-expect-error: there is no such column to filter by
client.from("class").select("id").eq("imprt", "x")
// @ts-expect-error: there is no such table
client.from("classes")
// @ts-expect-error: the database computes it
client.from("Order Items").insert({ class_id: 1, "line no": 3, cost: 1, doubled: 2 })
// @ts-expect-error: a class needs "import"
client.from("class").insert({ from: "2024-02-29" })
// @ts-expect-error: there is no such label
client.from("Order Items").update({ size: "huge" })
// @ts-expect-error: a function of one integer
client.rpc("add", { a: "two" })
const selected = await client.from("class").select("id, imprt")
// @ts-expect-error: what was misspelt in select is no row
const misspelt: number | undefined = selected.data?.[0]?.id
// @ts-expect-error: the other schema has no such column
const elsewhere: unknown = other.data?.import
// @ts-expect-error: an identity that is always generated is never given
const numbered: TablesInsert<"people"> = { id: 1, name: "Eve" }

console.log(
  JSON.stringify({
    names,
    sizes,
    person: [person.data?.name, one, person.data?.initial],
    made: made.data,
    three,
    bosses: bosses.data,
    weight,
    refused: [refused.status, refused.error?.code],
    misspelt: [selected.status, selected.error?.code],
    labels: Constants.public.Enums["size class"],
    unused: [cheap, place, theirs, misspelt, elsewhere, numbered].length,
  }),
)
