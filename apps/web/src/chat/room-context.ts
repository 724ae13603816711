/** The room a message is shown in, and what can be done from a message to the composer. */

import type { Message } from '@hamlet/http/api'
import { createContext, useContext } from 'react'

export interface RoomContextValue {
  readonly space: string
  readonly room: string
  readonly name: string
  readonly writable: boolean
  readonly reply: (message: Message) => void
  readonly edit: (message: Message) => void
}

export const RoomContext = createContext<RoomContextValue | undefined>(undefined)

export function useRoom(): RoomContextValue {
  const value = useContext(RoomContext)
  if (value === undefined) throw new TypeError('expected a RoomContext above this component')
  return value
}
