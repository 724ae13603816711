/** How far a message has come, in words that are true: only what other devices have signed counts. */

import type { Delivery } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { someNames } from './people.ts'

export type DeliveryStage = 'here' | 'some' | 'all' | 'read'

export function deliveryStage(delivery: Delivery): DeliveryStage {
  if (delivery.readBy.length > 0) return 'read'
  if (delivery.heldBy <= 1) return 'here'
  return delivery.heldBy >= delivery.devices ? 'all' : 'some'
}

export interface DeliveryContext {
  readonly texts: Texts
  readonly locale: string
  /** Names of the members by key, without the author. */
  readonly namesByPerson: ReadonlyMap<string, string>
}

const NAMES_MAX = 2

export function deliveryWords(delivery: Delivery, context: DeliveryContext): string {
  const { texts, namesByPerson, locale } = context
  switch (deliveryStage(delivery)) {
    case 'here':
      return texts.delivery.onlyHere
    case 'some':
      return texts.delivery.onSome(delivery.heldBy, delivery.devices)
    case 'all':
      return texts.delivery.onAll(delivery.devices)
    case 'read': {
      const readers = new Set(delivery.readBy)
      const everyone = [...namesByPerson.keys()].every((person) => readers.has(person))
      if (everyone && namesByPerson.size > 1) return texts.delivery.readByAll
      const names = delivery.readBy.map((p) => namesByPerson.get(p) ?? texts.common.unnamed)
      return texts.delivery.readBy(someNames(names, NAMES_MAX, locale, texts))
    }
  }
}
