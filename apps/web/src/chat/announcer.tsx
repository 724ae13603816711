/** Tells a screen reader what somebody else has just written. The list itself is silent: scrolling makes rows, not news. */

import type { Message } from '@hamlet/http/api'
import { useEffect, useRef, useState } from 'react'
import { useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { plainText } from './plain-text.ts'

export function Announcer({ newest }: { readonly newest: Message | undefined }) {
  const texts = useTexts()
  const [text, setText] = useState('')
  const last = useRef(newest?.id)
  useEffect(() => {
    if (newest === undefined || newest.id === last.current) return
    last.current = newest.id
    if (!newest.own) setText(`${nameOr(newest.authorName, texts)}: ${plainText(newest.text)}`)
  }, [newest, texts])
  return (
    <p className="visually-hidden" aria-live="polite">
      {text}
    </p>
  )
}
