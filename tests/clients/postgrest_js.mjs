// @supabase/postgrest-js: one client for each role.

import { PostgrestClient } from '@supabase/postgrest-js'

export function offer({ url, tokens }) {
  const address = `${url}/rest/v1`
  const as = (token) =>
    new PostgrestClient(address, { headers: { Authorization: `Bearer ${token}` } })
  return {
    PostgrestClient,
    tokens,
    as,
    anonymous: new PostgrestClient(address),
    member: as(tokens.member),
    staff: as(tokens.staff),
  }
}
