// @supabase/supabase-js: the client of a project, with its public key or a user's token.

import { createClient } from '@supabase/supabase-js'

// Node before 22 has no WebSocket, and the client wants one though nothing here is live.
const realtime = globalThis.WebSocket ? {} : { transport: class {} }

export function offer({ url, tokens }) {
  const make = (options = {}) =>
    createClient(url, tokens.anon, { realtime, auth: { persistSession: false }, ...options })
  return {
    make,
    tokens,
    project: make(),
    member: make({ accessToken: async () => tokens.member }),
    staff: make({ global: { headers: { Authorization: `Bearer ${tokens.staff}` } } }),
  }
}
