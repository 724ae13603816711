/** What the people of a world of swarms do: pause and go on, stop and begin again, watch while it loads, change limits. */

import type { Scheduler } from '../scheduler.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SimBlob } from './swarm-blob.ts'
import type { SwarmNode } from './swarm-node.ts'
import type { ReachedBySwarms, SwarmState } from './swarm-reached.ts'

const ACTS = ['pause', 'resume', 'stop', 'begin', 'want', 'limit', 'priority'] as const
type Act = (typeof ACTS)[number]

export interface ActsWorld {
  readonly nodes: readonly SwarmNode[]
  readonly blobs: readonly SimBlob[]
  readonly reached: ReachedBySwarms
  readonly scheduler: Scheduler
  note(line: string): void
}

export class SwarmActs {
  readonly #world: ActsWorld
  readonly acts = new Map<Act, number>()
  #isOver = false

  constructor(world: ActsWorld) {
    this.#world = world
  }

  act(random: SeededRandom): void {
    if (this.#isOver) return
    const { nodes, blobs, scheduler } = this.#world
    const [node, blob, act] = [random.pick(nodes), random.pick(blobs), random.pick(ACTS)]
    const want = node.wants.get(blob)
    if (!want || !node.isReady) return
    this.#world.note(`${act} ${node.name} ${blob.number}`)
    this.acts.set(act, (this.acts.get(act) ?? 0) + 1)
    const download = node.downloadOf(blob)
    switch (act) {
      case 'pause':
        want.isPaused = true
        download?.pause()
        return this.#reached('download paused')
      case 'resume':
        want.isPaused = false
        return download?.resume()
      case 'stop':
        node.stop(blob)
        scheduler.after(random.int(0, 5000), () => {
          if (!this.#isOver) node.begin(blob)
        })
        return this.#reached('download stopped and begun again')
      case 'begin':
        return node.begin(blob)
      case 'want': {
        const offset = random.int(0, Math.max(0, blob.id.sizeBytes - 1))
        const deadlineMs = node.clock.monotonic() + random.int(0, 5000)
        download?.want({ offset, length: random.int(1, 500_000) }, deadlineMs)
        return this.#reached('range wanted by a deadline')
      }
      case 'limit':
        node.engine?.setLimits({
          uploadBytesPerSecond: random.pick([10_000, 1_000_000, Number.POSITIVE_INFINITY]),
          downloadBytesPerSecond: random.pick([0, 10_000, 1_000_000, Number.POSITIVE_INFINITY]),
          slots: random.int(1, 8),
        })
        return this.#reached('limits changed')
      case 'priority':
        return download?.setPriority(random.pick([0.1, 1, 10]))
    }
  }

  end(): void {
    this.#isOver = true
  }

  /** Everything that anybody wants is loading from now on. */
  wantEverything(): void {
    for (const node of this.#world.nodes) {
      for (const [blob, want] of node.wants) {
        want.isPaused = false
        node.downloadOf(blob)?.resume()
        node.begin(blob)
      }
    }
  }

  #reached(state: SwarmState): void {
    this.#world.reached.count(state)
  }
}
