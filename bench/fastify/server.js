// The benchmark's cases as people write them on Fastify and pg: a pool, named
// statements (pg prepares them), a response schema per route for fast serialisation,
// and relations fetched by a second query and put together here.
//
// Reads DATABASE_URL, PORT and BENCH_POOL from the environment.

import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.BENCH_POOL),
})
const app = Fastify({ logger: false, bodyLimit: 10_000_000 })

const integer = { type: 'integer' }
const string = { type: 'string' }
const boolean = { type: 'boolean' }
const moment = { type: 'string', format: 'date-time' }
const object = (properties) => ({ type: 'object', properties })
const array = (items) => ({ type: 'array', items })

const product = object({
  id: integer,
  sku: string,
  gtin: { type: 'string', nullable: true },
  name: string,
  composition: string,
  dosage_form: string,
  strength: string,
  manufacturer_id: integer,
  pack_size: string,
  uom: string,
  hsn: string,
  schedule: string,
  is_schedule_c: boolean,
  storage: string,
  default_mrp: string,
  min_shelf_days: integer,
  active: boolean,
  created_at: moment,
  created_by: string,
})
const brief = object({ id: integer, sku: string, name: string, schedule: string, default_mrp: string })
const line = object({
  id: integer,
  qty: integer,
  unit_price: string,
  product: object({ id: integer, sku: string, name: string }),
})
const order = object({
  id: integer,
  no: string,
  status: string,
  placed_at: moment,
  net: string,
  lines: array(line),
})
const item = {
  type: 'object',
  required: ['sku', 'name', 'qty', 'price', 'active', 'made_on'],
  properties: {
    sku: { type: 'string', maxLength: 40 },
    name: string,
    qty: { type: 'integer', minimum: 1 },
    price: { type: 'number' },
    active: boolean,
    made_on: { type: 'string', format: 'date' },
  },
}
const limit = object({ schedule: string, limit: { type: 'integer', minimum: 0, maximum: 1000 } })
const answer = (schema, more = {}) => ({ schema: { ...more, response: { 200: schema } } })

app.get('/products/:id', answer(product, { params: object({ id: integer }) }), async (request, reply) => {
  const { rows } = await pool.query({
    name: 'product',
    text: 'SELECT * FROM products WHERE id = $1',
    values: [request.params.id],
  })
  return rows[0] ?? reply.code(404).send({ message: 'no such product' })
})

app.get('/products', answer(array(brief), { querystring: limit }), async (request) => {
  const { rows } = await pool.query({
    name: 'products',
    text: `SELECT id, sku, name, schedule, default_mrp FROM products
      WHERE schedule = $1 ORDER BY id LIMIT $2`,
    values: [request.query.schedule, request.query.limit],
  })
  return rows
})

app.get('/products/full', answer(array(product), { querystring: limit }), async (request) => {
  const { rows } = await pool.query({
    name: 'products_full',
    text: 'SELECT * FROM products ORDER BY id LIMIT $1',
    values: [request.query.limit],
  })
  return rows
})

app.get('/orders', answer(array(order), { querystring: limit }), async (request) => {
  const { rows: orders } = await pool.query({
    name: 'orders',
    text: 'SELECT id, no, status, placed_at, net FROM orders ORDER BY id DESC LIMIT $1',
    values: [request.query.limit],
  })
  const { rows: lines } = await pool.query({
    name: 'order_lines',
    text: `SELECT line.id, line.order_id, line.qty, line.unit_price,
        product.id AS product_id, product.sku, product.name
      FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
      WHERE line.order_id = ANY($1)`,
    values: [orders.map((each) => each.id)],
  })
  const byOrder = new Map(orders.map((each) => [each.id, { ...each, lines: [] }]))
  for (const each of lines) {
    byOrder.get(each.order_id).lines.push({
      id: each.id,
      qty: each.qty,
      unit_price: each.unit_price,
      product: { id: each.product_id, sku: each.sku, name: each.name },
    })
  }
  return [...byOrder.values()]
})

app.post('/items', { schema: { body: item } }, async (request, reply) => {
  const { sku, name, qty, price, active, made_on } = request.body
  await pool.query({
    name: 'insert_item',
    text: `INSERT INTO bench_items (sku, name, qty, price, active, made_on)
      VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [sku, name, qty, price, active, made_on],
  })
  return reply.code(201).send()
})

app.post('/items/bulk', { schema: { body: array(item) } }, async (request, reply) => {
  const columns = ['sku', 'name', 'qty', 'price', 'active', 'made_on']
  await pool.query({
    name: 'insert_items',
    text: `INSERT INTO bench_items (sku, name, qty, price, active, made_on)
      SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::numeric[], $5::boolean[], $6::date[])`,
    values: columns.map((column) => request.body.map((row) => row[column])),
  })
  return reply.code(201).send()
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
