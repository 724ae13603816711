/** A field to search in: asked for once typing pauses, emptied by Escape. `/` jumps to it from anywhere on the page. */

import { Search } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import styles from './search-field.module.css'

const PAUSE_MS = 200

interface SearchFieldProps {
  readonly label: string
  readonly hint: string
  readonly onSearch: (text: string) => void
}

export function SearchField({ label, hint, onSearch }: SearchFieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => onSearch(text.trim()), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, onSearch])
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', jump)
    return () => removeEventListener('keydown', jump)
  }, [])
  return (
    <div className={styles.search}>
      <Search aria-hidden="true" />
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <input
        id={id}
        ref={input}
        type="search"
        value={text}
        placeholder={label}
        title={hint}
        autoComplete="off"
        spellCheck={false}
        aria-keyshortcuts="/"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setText('')}
      />
    </div>
  )
}
