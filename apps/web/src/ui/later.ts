/**
 * A component in a script of its own, which is loaded when it is first shown, or before that when there is time.
 *
 * The idea: what `lazy` of React shows for the first time is blank at least once, and for a third of a second when it comes quickly, since
 * React lets no fallback go sooner. A part that is here already is therefore shown at once, without any waiting, and
 * `warmParts` brings all of them here once the page has been drawn.
 *
 * Invariants:
 * 1. A script that could not be loaded is asked for again the next time.
 * 2. What is on the screen waits for its script for as long as the peer is away, and takes nothing else with it.
 */

import { createElement, use } from 'react'
import type { ComponentType, ReactNode } from 'react'

export interface LaterPart<Props> {
  (props: Props): ReactNode
  /** Loads it; rejects when that fails. */
  warm(): Promise<unknown>
}

const parts = new Set<LaterPart<never>>()
const AGAIN_MS = 1000

/** Where it is shown there is a `Suspense` above it, for who is quicker than its script. */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  againMs = AGAIN_MS,
): LaterPart<Props> {
  let loaded: ComponentType<Props> | undefined
  let loading: Promise<ComponentType<Props>> | undefined
  let arriving: Promise<ComponentType<Props>> | undefined
  const begin = (): Promise<ComponentType<Props>> => {
    loading ??= load().then(
      (part) => (loaded = part),
      (error: unknown) => {
        loading = undefined
        throw error
      },
    )
    return loading
  }
  const Later = (props: Props): ReactNode => {
    // React has to be given the same promise each time, and draws an error in place of the whole page.
    arriving ??= arrive(begin, againMs)
    return createElement(loaded ?? use(arriving), props)
  }
  const part = Object.assign(Later, { warm: begin })
  parts.add(part as LaterPart<never>)
  return part
}

async function arrive<T>(begin: () => Promise<T>, againMs: number): Promise<T> {
  for (;;) {
    try {
      return await begin()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  }
}

/** All there are, one after the other; those that fail are left for when they are needed. */
export async function warmParts(): Promise<void> {
  for (const part of parts) await part.warm().catch(() => undefined)
}
