// A client made by openapi-typescript and openapi-fetch, over the running service.
import createClient from "openapi-fetch"
import type { components, paths } from "./made/api.js"

const api = createClient<paths, "application/json">({ baseUrl: process.argv[2] ?? "" })

const classes = await api.GET("/class", { params: { query: { select: "id,import", import: "eq.one" } } })
const first: components["schemas"]["Class"] | undefined = classes.data?.[0]
const size: components["schemas"]["OrderItems"]["size"] = "it's"
const item = await api.GET("/Order%20Items/{class_id},{line_no}", {
  params: { path: { class_id: 1, line_no: 1 } },
})
const made = await api.POST("/class", { body: { import: "three", "2nd": 2, 'quote"d': "q" } })
const changed = await api.PATCH("/people/{id}", {
  params: { path: { id: 2 } },
  body: { name: "Bobby" },
})
const missing = await api.GET("/people/{id}", { params: { path: { id: 99 } } })
const other = await api.GET("/rest/v1/class", { params: { header: { "Accept-Profile": "public" } } })
const removed = await api.DELETE("/class", { params: { query: { import: "eq.three" } } })

// @ts-expect-error: there is no such column
const wrong: unknown = first?.imprt
// @ts-expect-error: there is no such label
const huge: components["schemas"]["OrderItems"]["size"] = "huge"
// @ts-expect-error: a class needs "import"
const lacking: components["schemas"]["ClassInsert"] = { from: "2024-02-29" }
// @ts-expect-error: there is no such table
const nowhere: keyof paths = "/classes"

console.log(
  JSON.stringify({
    first,
    item: item.data?.size === size ? item.data : null,
    made: made.data,
    changed: changed.data,
    missing: [missing.response.status, missing.error?.code, missing.error?.message],
    other: other.data?.length,
    removed: removed.response.status,
    unused: [wrong, huge, lacking, nowhere].length,
  }),
)
