/**
 * A year in the life of one object whose owner is away: helpers' devices die and are replaced, helpers go on holidays and come
 * back, and whoever is left repairs by the very plan that real peers make (`planRepair`).
 *
 * A day is the unit. In the morning devices die, people leave and come back. Then everybody who is there looks: a holder that
 * is not there is late, and gone after the days of grace. In the evening what the plan says is done, if those it takes are there. The truth,
 * which nobody in the world knows, is kept apart: an object is lost when the devices that are not dead have fewer different
 * shards than it needs.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import { parseId } from '@hamlet/core'
import { planRepair } from '@hamlet/vault'
import type { Health, HeldShard, Helper, HolderState, RepairPlan } from '@hamlet/vault'
import type { SeededRandom } from '../simulator/seeded-random.ts'

export const YEAR_DAYS = 365
const SHARD_BYTES = 1
const HOLIDAY_DAYS_MIN = 3
const HOLIDAY_DAYS_MAX = 28

export interface YearOptions {
  readonly needed: number
  readonly total: number
  readonly people: number
  readonly deviceYearlyLoss: number
  /** After so many days without a sign of life a holder is gone; `Infinity`: nothing is ever repaired. */
  readonly graceDays: number
  /** So long it takes until a person has a device again. */
  readonly replaceDays: number
  readonly holidaysPerYear: number
}

export interface YearReport {
  readonly isLost: boolean
  /** What the plan of that day said of the object that was lost. */
  readonly healthWhenLost: Health | undefined
  readonly rebuilt: number
  /** Days on which too many were away to read it. */
  readonly unreadableDays: number
}

interface SimulatedDevice {
  readonly index: number
  readonly id: DeviceId
  readonly person: number
  readonly diesOnDay: number
  leavesOnDay: number
  returnsOnDay: number
  seenOnDay: number
}

interface StoredShard {
  readonly shard: number
  readonly device: SimulatedDevice
}

export function simulateYear(options: YearOptions, random: SeededRandom): YearReport {
  return new ObjectYear(options, random).run()
}

class ObjectYear {
  readonly #options: YearOptions
  readonly #random: SeededRandom
  readonly #devices: SimulatedDevice[] = []
  #stored: StoredShard[] = []
  #devicesMade = 0
  #day = 0
  #rebuilt = 0
  #planned: { readonly states: string; readonly plan: RepairPlan } | undefined

  constructor(options: YearOptions, random: SeededRandom) {
    this.#options = options
    this.#random = random
    for (let person = 0; person < options.people; person++)
      this.#devices.push(this.#newDevice(person))
    for (let shard = 0; shard < options.total; shard++) {
      this.#stored.push({ shard, device: this.#devices[shard]! })
    }
  }

  run(): YearReport {
    let unreadableDays = 0
    for (this.#day = 1; this.#day <= YEAR_DAYS; this.#day++) {
      if (!this.#wake()) continue
      const { needed } = this.#options
      const isReadable = this.#shardsWhere((device) => this.#isHere(device)) >= needed
      // As long as nobody is gone there is nothing to do; that is most of all days.
      const isWhole = this.#stored.length === this.#options.total
      if (isReadable && isWhole && this.#stored.every((place) => this.#isExpected(place))) continue
      const plan = this.#plan()
      if (this.#shardsWhere((device) => !this.#isDead(device)) < needed) {
        return this.#report(true, unreadableDays, plan.health)
      }
      if (!isReadable) unreadableDays++
      this.#repair(plan)
    }
    return this.#report(false, unreadableDays, undefined)
  }

  #report(isLost: boolean, unreadableDays: number, healthWhenLost: Health | undefined): YearReport {
    return { isLost, unreadableDays, healthWhenLost, rebuilt: this.#rebuilt }
  }

  /** What happens in the morning; whether anything is not as it was placed. */
  #wake(): boolean {
    let isQuiet = true
    for (const [person, device] of this.#devices.entries()) {
      if (this.#isDead(device)) {
        if (this.#day >= device.diesOnDay + this.#options.replaceDays) {
          this.#devices[person] = this.#newDevice(person)
        }
      } else if (this.#day >= device.returnsOnDay) this.#planHoliday(device)
    }
    for (const { device } of this.#stored) {
      if (!this.#isHere(device)) isQuiet = false
      else device.seenOnDay = this.#day
    }
    return !isQuiet || this.#stored.length !== this.#options.total
  }

  #newDevice(person: number): SimulatedDevice {
    const { deviceYearlyLoss, holidaysPerYear } = this.#options
    const livesDays = this.#random.exponential(YEAR_DAYS / -Math.log1p(-deviceYearlyLoss))
    const index = this.#devicesMade++
    const device = {
      ...{ index, id: deviceId(index), person },
      diesOnDay: this.#day + 1 + Math.floor(livesDays),
      ...{ leavesOnDay: Infinity, returnsOnDay: Infinity, seenOnDay: this.#day },
    }
    if (holidaysPerYear > 0) this.#planHoliday(device)
    return device
  }

  #planHoliday(device: SimulatedDevice): void {
    const inDays = this.#random.exponential(YEAR_DAYS / this.#options.holidaysPerYear)
    device.leavesOnDay = this.#day + 1 + Math.floor(inDays)
    device.returnsOnDay = device.leavesOnDay + this.#random.int(HOLIDAY_DAYS_MIN, HOLIDAY_DAYS_MAX)
  }

  #isDead({ diesOnDay }: SimulatedDevice): boolean {
    return this.#day >= diesOnDay
  }

  #isHere(device: SimulatedDevice): boolean {
    return !this.#isDead(device) && this.#day < device.leavesOnDay
  }

  #shardsWhere(isCounted: (device: SimulatedDevice) => boolean): number {
    const counted = this.#stored.filter(({ device }) => isCounted(device))
    return new Set(counted.map(({ shard }) => shard)).size
  }

  /** The same states as yesterday give the same plan, which need not be made again. */
  #plan(): RepairPlan {
    const { needed, total } = this.#options
    const states = [
      ...this.#stored.map(
        ({ shard, device }) => `${shard} ${device.index} ${this.#stateOf(device)}`,
      ),
      ...this.#devices.map((device) => (this.#isHere(device) ? device.index : '')),
    ].join()
    if (this.#planned?.states === states) return this.#planned.plan
    const held = this.#stored.map(({ shard, device }): HeldShard => {
      return { shard, device: device.id, state: this.#stateOf(device) }
    })
    const helpers = this.#devices.map((device) => this.#helperOf(device))
    const plan = planRepair({ needed, total, shardBytes: SHARD_BYTES, held, helpers })
    this.#planned = { states, plan }
    return plan
  }

  #isExpected({ device }: StoredShard): boolean {
    return this.#stateOf(device) !== 'gone'
  }

  #stateOf(device: SimulatedDevice): HolderState {
    if (this.#isHere(device)) return 'ok'
    return this.#day - device.seenOnDay > this.#options.graceDays ? 'gone' : 'late'
  }

  /** Who is away takes nothing; a person has one device at a time. */
  #helperOf(device: SimulatedDevice): Helper {
    const freeBytes = SHARD_BYTES
    const accepts = this.#isHere(device)
    return {
      ...{ person: personId(device.person), household: undefined, freeBytes },
      devices: [{ device: device.id, uptime: 0.9, observations: 60, freeBytes, accepts }],
    }
  }

  /** What is left over is let go first: somebody came back whose shard was rebuilt meanwhile. */
  #repair({ tasks, surplus }: RepairPlan): void {
    const leftOver = new Set(surplus.map(({ shard, device }) => `${shard} ${device}`))
    this.#stored = this.#stored.filter(
      ({ shard, device }) => !leftOver.has(`${shard} ${device.id}`),
    )
    for (const { shard, how, to } of tasks) {
      const device = this.#devices.find(({ id }) => id === to.device)!
      this.#stored.push({ shard, device })
      if (how === 'rebuild') this.#rebuilt++
    }
    if (tasks.length > 0) this.#dropDead()
  }

  /** Holders that died and whose shard lies elsewhere by now are of no interest any more. */
  #dropDead(): void {
    const alive = new Set(
      this.#stored.flatMap((place) => (this.#isDead(place.device) ? [] : [place.shard])),
    )
    this.#stored = this.#stored.filter(
      ({ shard, device }) => !this.#isDead(device) || !alive.has(shard),
    )
  }
}

function deviceId(index: number): DeviceId {
  return parseId<DeviceId>(`d${index.toString(16).padStart(63, '0')}`)!
}

function personId(index: number): PersonId {
  return parseId<PersonId>(`a${index.toString(16).padStart(63, '0')}`)!
}
