/** Processor time of this process and of those it forked. */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const QUESTION = 'processor time'

/** In a forked process: says what it has used when it is asked. */
export function answerProcessorTime(): void {
  process.on('message', (message) => {
    if (message === QUESTION) process.send?.({ usedMs: usedMs() })
  })
}

export async function usedMsOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message')
  child.send(QUESTION)
  const [{ usedMs: used }] = (await answer) as [{ readonly usedMs: number }]
  return used
}

/** Of this process. */
export function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
