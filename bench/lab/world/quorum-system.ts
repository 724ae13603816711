/** The baseline as a system of the lab: one chat room, kept by majorities. */

import { decodeUtf8, utf8 } from '@hamlet/core'
import { SeededRandom } from '@hamlet/testkit/simulator'
import { QuorumNode } from '../quorum/quorum-node.ts'
import { withholdFrom } from '../quorum/withholding.ts'
import type { LabGround, LabSystem } from './lab-system.ts'

export interface QuorumSystemOptions {
  readonly seed: number
  readonly members: number
  /** Devices that exist; the other members never answer. */
  readonly devices: number
  readonly syncMeanMs: number
  /** A member who tells nobody about anybody else's entries. */
  readonly withholder?: number | undefined
}

export class QuorumSystem implements LabSystem {
  readonly name = 'quorum'
  isPlaying = false
  readonly devices: readonly string[]
  readonly #ground: LabGround
  readonly #nodes: readonly QuorumNode[]
  readonly #written: number[]

  constructor(ground: LabGround, options: QuorumSystemOptions) {
    const { seed, members, devices, syncMeanMs, withholder } = options
    this.#ground = ground
    const { scheduler, network, recorder } = ground
    const names = Array.from({ length: members }, (_, i) => `m${String(i).padStart(4, '0')}`)
    this.devices = names.slice(0, devices)
    const seen = (member: number, author: number, from: number, to: number): void => {
      for (let seq = from; seq < to; seq++) recorder.see(member, `${author}/${seq}`)
    }
    const world = { scheduler, network, devices: names, syncMeanMs, seen }
    const random = new SeededRandom(seed)
    this.#nodes = this.devices.map((_, i) => {
      const tamper = i === withholder ? withholdFrom(i) : undefined
      return new QuorumNode({ ...world, tamper }, random.fork(`node ${i}`), i)
    })
    this.#written = this.devices.map(() => 0)
  }

  async setUp(): Promise<void> {
    for (const node of this.#nodes) await node.start()
  }

  async start(member: number): Promise<void> {
    await this.#nodes[member]!.start()
  }

  stop(member: number): void {
    this.#nodes[member]!.stop()
  }

  write(member: number, text: string): void {
    const { recorder } = this.#ground
    const write = recorder.write(member, text)
    write.key = `${member}/${this.#written[member]!++}`
    void this.#nodes[member]!.write(utf8(write.text)).then(() => recorder.acknowledge(write))
  }

  read(member: number): void {
    const { recorder } = this.#ground
    recorder.answer(recorder.read(member, 'local'))
    const read = recorder.read(member, 'quorum')
    void this.#nodes[member]!.read().then(() => recorder.answer(read))
  }

  async textsAt(member: number): Promise<readonly string[]> {
    const node = this.#nodes[member]!
    return [...node.lengths].flatMap(([author, length]) =>
      Array.from({ length }, (_, seq) => decodeUtf8(node.payload(author, seq)!)!),
    )
  }

  async findDisagreement(): Promise<string | undefined> {
    const texts = await Promise.all(this.devices.map((_, i) => this.textsAt(i)))
    const different = texts.findIndex((each) => {
      return JSON.stringify(each.toSorted()) !== JSON.stringify(texts[0]!.toSorted())
    })
    return different === -1 ? undefined : `member ${different} holds something else than member 0`
  }

  storedBytes(member: number): number {
    return this.#nodes[member]!.storedBytes
  }
}
