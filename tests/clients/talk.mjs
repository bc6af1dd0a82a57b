// Runs what a test asks of one client. Each line read is a JSON text: a JavaScript expression over
// the names that the client's own file offers. Each line written is its outcome as JSON, with the
// requests that the client sent for it.
//
// node talk.mjs ./supabase_js.mjs '{"url": "http://127.0.0.1:1234", "tokens": {"staff": "..."}}'

import { createInterface } from 'node:readline'

const LONGEST = 20_000 // milliseconds; a client that waits for ever fails its test alone

let requests = []
const { fetch: send } = globalThis
globalThis.fetch = (address, options = {}) => {
  const { pathname, search } = new URL(address)
  const headers = Object.fromEntries(new Headers(options.headers).entries())
  requests.push({ method: options.method ?? 'GET', path: pathname + search, headers })
  return send(address, options)
}

const [, , file, given] = process.argv
const { offer } = await import(file)
const names = offer(JSON.parse(given))

async function run(expression) {
  const late = new Promise((_, refuse) => {
    setTimeout(() => refuse(new Error(`no outcome after ${LONGEST} ms`)), LONGEST).unref()
  })
  try {
    const body = `return (async () => (${expression}))()`
    const outcome = new Function(...Object.keys(names), body)(...Object.values(names))
    return { value: (await Promise.race([outcome, late])) ?? null }
  } catch (error) {
    return { thrown: { ...error, name: error.name, message: error.message } }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  requests = []
  const outcome = await run(JSON.parse(line))
  process.stdout.write(`${JSON.stringify({ ...outcome, requests })}\n`)
}
