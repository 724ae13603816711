/**
 * A switch of Ethernet frames in this process, with a fault model for each ordered pair of ports.
 *
 * The idea: every host's network card is a TAP device whose frames come here as UDP datagrams over loopback (socat
 * carries them). So delay, loss, duplication, reordering, a narrow line and partitions in one direction or both are
 * decided here, from a seed, and counted exactly, on any kernel that has TAP devices. `tc netem` would do the same for
 * whole cards only, and is missing from many kernels.
 *
 * A host's MAC address ends in its number; frames to other addresses go to all.
 */

import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import type { SeededRandom } from './seeded-random.ts'

/** What happens to frames from one host to another. */
export interface LinkQuality {
  readonly delayMs: number
  readonly jitterMs: number
  /** Probabilities. */
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
  /** @default unlimited */
  readonly bytesPerSecond?: number
}

export interface SwitchCounts {
  frames: number
  lost: number
  duplicated: number
  reordered: number
  /** Beyond what a narrow line could queue. */
  overflowed: number
  /** Into a partition. */
  blocked: number
}

export const PERFECT: LinkQuality = { delayMs: 0, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }

const QUEUE_MS_MAX = 400
const REORDER_MS_MAX = 60
const MAC_LAST_BYTE = 5

interface Port {
  readonly socket: Socket
  /** Where the host's frames come from, known from the first one on. */
  remotePort: number | undefined
}

interface Link {
  quality: LinkQuality
  isBlocked: boolean
  /** When the line has sent all it took. */
  idleAtMs: number
  /** Frames on their way, in order; one that is chosen to be late is not among them. */
  readonly queue: { readonly dueMs: number; readonly frame: Buffer }[]
  isDraining: boolean
}

export class PacketSwitch {
  readonly counts: SwitchCounts = {
    frames: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    overflowed: 0,
    blocked: 0,
  }
  readonly #random: SeededRandom
  readonly #ports = new Map<number, Port>()
  readonly #links = new Map<string, Link>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** Opens the port of a host, 1 to 254; the UDP port to send its frames to. */
  async addPort(host: number): Promise<number> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 })
    const port: Port = { socket, remotePort: undefined }
    socket.on('message', (frame, { port: remotePort }) => {
      port.remotePort = remotePort
      this.#forward(host, frame)
    })
    // A host that was just taken away; nobody waits for its frames.
    socket.on('error', () => {})
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    this.#ports.set(host, port)
    return socket.address().port
  }

  setQuality(from: number, to: number, quality: LinkQuality): void {
    this.#link(from, to).quality = quality
  }

  setBlocked(from: number, to: number, isBlocked: boolean): void {
    this.#link(from, to).isBlocked = isBlocked
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const { socket } of this.#ports.values()) socket.close()
    this.#ports.clear()
  }

  #link(from: number, to: number): Link {
    const key = `${from} ${to}`
    const link = this.#links.get(key)
    if (link !== undefined) return link
    const made: Link = {
      quality: PERFECT,
      isBlocked: false,
      idleAtMs: 0,
      queue: [],
      isDraining: false,
    }
    this.#links.set(key, made)
    return made
  }

  #forward(from: number, frame: Buffer): void {
    const target = frame[MAC_LAST_BYTE] ?? 0
    const isGroup = ((frame[0] ?? 0) & 1) === 1
    for (const to of this.#ports.keys()) {
      if (to === from || (!isGroup && this.#ports.has(target) && to !== target)) continue
      this.#send(from, to, frame)
    }
  }

  #send(from: number, to: number, frame: Buffer): void {
    const link = this.#link(from, to)
    this.counts.frames += 1
    if (link.isBlocked) {
      this.counts.blocked += 1
      return
    }
    if (this.#random.chance(link.quality.loss)) {
      this.counts.lost += 1
      return
    }
    this.#schedule(link, to, frame)
    if (!this.#random.chance(link.quality.duplicate)) return
    this.counts.duplicated += 1
    this.#schedule(link, to, frame)
  }

  #schedule(link: Link, to: number, frame: Buffer): void {
    const { delayMs, jitterMs, reorder, bytesPerSecond } = link.quality
    const nowMs = performance.now()
    const lineMs = bytesPerSecond === undefined ? 0 : (frame.length / bytesPerSecond) * 1000
    link.idleAtMs = Math.max(link.idleAtMs, nowMs)
    if (link.idleAtMs - nowMs > QUEUE_MS_MAX) {
      this.counts.overflowed += 1
      return
    }
    link.idleAtMs += lineMs
    const jitter = this.#random.between(-jitterMs, jitterMs)
    const dueMs = link.idleAtMs + Math.max(0, delayMs + jitter)
    if (this.#random.chance(reorder)) {
      this.counts.reordered += 1
      const late = dueMs + this.#random.between(1, REORDER_MS_MAX)
      this.#after(late - nowMs, () => this.#deliver(to, frame))
      return
    }
    link.queue.push({ dueMs, frame })
    if (!link.isDraining) this.#drain(link, to)
  }

  /** Delivers what is due, oldest first, and comes back when the next is. */
  #drain(link: Link, to: number): void {
    link.isDraining = false
    for (;;) {
      const next = link.queue[0]
      if (next === undefined) return
      const waitMs = next.dueMs - performance.now()
      if (waitMs >= 1) {
        link.isDraining = true
        this.#after(waitMs, () => this.#drain(link, to))
        return
      }
      link.queue.shift()
      this.#deliver(to, next.frame)
    }
  }

  #after(waitMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, waitMs)
    this.#timers.add(timer)
  }

  #deliver(to: number, frame: Buffer): void {
    const port = this.#ports.get(to)
    if (port?.remotePort === undefined) return
    // What the system cannot take now is lost, as on a wire.
    port.socket.send(frame, port.remotePort, '127.0.0.1', () => {})
  }
}
