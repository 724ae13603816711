/** A thread of the pool: works on one stripe at a time, and keeps the last one. What goes wrong here ends the thread. */

import { parentPort } from 'node:worker_threads'
import { assert } from '@hamlet/core'
import { Stripe } from '../stripe.ts'
import type { ThreadAnswer, ThreadRequest, ThreadTask } from './thread-task.ts'

assert(parentPort !== null, 'a thread of the pool')
const port = parentPort
let stripe: Stripe | undefined

port.on('message', ({ task, shardBytes, handle }: ThreadRequest) => {
  if (handle !== undefined) stripe = Stripe.attach(handle)
  assert(stripe !== undefined, 'a stripe')
  stripe.resize(shardBytes)
  port.postMessage(run(stripe, task) satisfies ThreadAnswer)
})

function run(on: Stripe, task: ThreadTask): ThreadAnswer {
  if (task.kind === 'verify') return on.verify()
  if (task.kind === 'encode') on.encode()
  else on.reconstruct(task.missing, task.wanted)
  return true
}
