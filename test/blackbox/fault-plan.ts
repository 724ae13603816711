/**
 * Which faults a world has, and how often: drawn from its seed. Most worlds leave most classes out, so that the others
 * can be extreme ("swarm testing").
 */

import type { LinkQuality } from './packet-switch.ts'
import type { SeededRandom } from './seeded-random.ts'

export const NETWORK_FAULTS = ['weather', 'partition', 'one-way', 'unplug', 'move'] as const
export const HOST_FAULTS = ['kill', 'stop', 'pause', 'clock'] as const
export type FaultClass = (typeof NETWORK_FAULTS)[number] | (typeof HOST_FAULTS)[number]

export interface FaultTiming {
  /** Mean quiet time between two faults of the class. */
  readonly pauseMs: number
  /** Mean time one lasts. */
  readonly lengthMs: number
}

export interface FaultPlan {
  readonly classes: Partial<Record<FaultClass, FaultTiming>>
  /** How the lines are when a world begins, and what changes of weather are drawn from. */
  readonly weather: readonly Weather[]
}

export type Weather = 'cable' | 'wifi' | 'mobile' | 'storm' | 'narrow'

/** Means over pauses and lengths, in milliseconds: ranges each world draws from. */
const TIMINGS: Readonly<
  Record<FaultClass, readonly [pause: readonly [number, number], length: readonly [number, number]]>
> = {
  weather: [
    [8000, 20_000],
    [0, 0],
  ],
  partition: [
    [5000, 20_000],
    [2000, 15_000],
  ],
  'one-way': [
    [8000, 25_000],
    [2000, 12_000],
  ],
  unplug: [
    [8000, 30_000],
    [1000, 10_000],
  ],
  move: [
    [15_000, 40_000],
    [0, 0],
  ],
  kill: [
    [4000, 20_000],
    [200, 8000],
  ],
  stop: [
    [15_000, 40_000],
    [200, 5000],
  ],
  pause: [
    [6000, 25_000],
    [500, 9000],
  ],
  clock: [
    [5000, 20_000],
    [0, 0],
  ],
}

export function drawFaultPlan(
  random: SeededRandom,
  hasNetwork: boolean,
  hasClock: boolean,
): FaultPlan {
  const possible: FaultClass[] = [...(hasNetwork ? NETWORK_FAULTS : []), ...HOST_FAULTS].filter(
    (name) => name !== 'clock' || hasClock,
  )
  const chosen = possible.filter(() => random.chance(0.5))
  if (!chosen.includes('kill') && random.chance(0.6)) chosen.push('kill')
  if (hasNetwork && !chosen.includes('partition') && random.chance(0.5)) chosen.push('partition')
  const weather: Weather[] = ['cable', 'wifi', 'mobile', 'storm', 'narrow']
  return {
    classes: Object.fromEntries(chosen.map((name) => [name, drawTiming(random, name)])),
    weather: random.shuffled(weather).slice(0, random.integer(1, 3)),
  }
}

/** Every class at once and often: what fits into a run of a minute. */
export function shortFaultPlan(hasNetwork: boolean, hasClock: boolean): FaultPlan {
  const classes: Partial<Record<FaultClass, FaultTiming>> = {
    kill: { pauseMs: 2500, lengthMs: 800 },
    pause: { pauseMs: 6000, lengthMs: 1500 },
    ...(hasClock ? { clock: { pauseMs: 6000, lengthMs: 0 } } : {}),
    ...(hasNetwork
      ? {
          weather: { pauseMs: 6000, lengthMs: 0 },
          partition: { pauseMs: 4000, lengthMs: 3000 },
          'one-way': { pauseMs: 6000, lengthMs: 2000 },
        }
      : {}),
  }
  return { classes, weather: ['cable', 'wifi', 'mobile'] }
}

function drawTiming(random: SeededRandom, name: FaultClass): FaultTiming {
  const [pause, length] = TIMINGS[name]
  return { pauseMs: random.between(...pause), lengthMs: random.between(...length) }
}

export function drawQuality(random: SeededRandom, weather: Weather): LinkQuality {
  switch (weather) {
    case 'cable':
      return { delayMs: 0, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }
    case 'wifi':
      return {
        delayMs: random.between(1, 8),
        jitterMs: 4,
        loss: 0.005,
        duplicate: 0,
        reorder: 0.01,
      }
    case 'mobile':
      return {
        delayMs: random.between(20, 90),
        jitterMs: 30,
        loss: 0.02,
        duplicate: 0.01,
        reorder: 0.02,
      }
    case 'storm':
      return {
        delayMs: random.between(50, 350),
        jitterMs: random.between(10, 200),
        loss: random.between(0.05, 0.2),
        duplicate: random.between(0, 0.1),
        reorder: random.between(0, 0.2),
      }
    case 'narrow':
      return {
        delayMs: random.between(5, 100),
        jitterMs: 5,
        loss: 0,
        duplicate: 0,
        reorder: 0,
        bytesPerSecond: random.between(8000, 64_000),
      }
  }
}
