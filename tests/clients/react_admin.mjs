// @raphiniert/ra-data-postgrest: react-admin's data provider, as a member of the staff.

import { createRequire } from 'node:module'

// Its "module" build is not one that Node takes for a module.
const { default: makeProvider, defaultPrimaryKeys, defaultSchema } = createRequire(import.meta.url)(
  '@raphiniert/ra-data-postgrest',
)

export function offer({ url, tokens }) {
  // What react-admin's own fetchJson does: JSON in and out, an error for what is not a success.
  const httpClient = async (address, options = {}) => {
    const headers = new Headers(options.headers)
    if (options.body && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
    if (!headers.has('Accept')) headers.set('Accept', 'application/json')
    headers.set('Authorization', `Bearer ${tokens.staff}`)
    const response = await fetch(address, { ...options, headers })
    const body = await response.text()
    let json
    try {
      json = JSON.parse(body)
    } catch {} // a body that is not JSON is left as text, as there
    if (!response.ok) {
      throw Object.assign(new Error(json?.message ?? response.statusText), {
        status: response.status,
        body: json,
      })
    }
    return { status: response.status, headers: response.headers, body, json }
  }
  const primaryKeys = new Map([
    ...defaultPrimaryKeys,
    ['copies', ['book_id', 'number']],
    ['genres', ['label']],
  ])
  const make = (options = {}) =>
    makeProvider({
      apiUrl: `${url}/rest/v1`,
      httpClient,
      defaultListOp: 'eq',
      primaryKeys,
      schema: defaultSchema,
      ...options,
    })
  return { make, provider: make() }
}
