/** What the lab asks of a system under study, so that one player can run any script on any of them. */

import type { Scheduler, SimNetwork } from '@hamlet/testkit/simulator'
import type { Recorder } from './recorder.ts'

/** What a system stands on: one thread, one seed. */
export interface LabGround {
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly recorder: Recorder
}

export interface LabSystem {
  readonly name: string
  /** The devices, by member number, as the network knows them. */
  readonly devices: readonly string[]
  /** Makes everybody a member and starts every device. */
  setUp(): Promise<void>
  start(member: number): Promise<void>
  stop(member: number): void
  /** Neither waits; the recorder is told. */
  write(member: number, text: string): void
  read(member: number): void
  /** Texts of all messages as this member's device shows them, in no particular order. */
  textsAt(member: number): Promise<readonly string[]>
  /** What is wrong at the end: copies that differ, views that differ. */
  findDisagreement(): Promise<string | undefined>
  /** Whether somebody else lets virtual time pass. */
  isPlaying: boolean
  /** Bytes on a device's disk. */
  storedBytes(member: number): number
}
