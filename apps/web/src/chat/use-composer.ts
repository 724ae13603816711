/** What the composer does: draft, mention, keys, sending. The draft of each room survives a closed tab. */

import type { KeyboardEvent, RefObject } from 'react'
import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import type { Member, Message } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE, roomKey } from '../state/app-state.ts'
import { useChosen } from '../files/use-chosen.ts'
import type { ComposerIntent, MentionChoice } from './composer-types.ts'
import { fileNames } from './file-names.ts'
import { completeMention, mentionAt, suggestMembers } from './mentions.ts'
import type { MentionQuery } from './mentions.ts'
import { byteLength, MESSAGE_BYTES_MAX } from './limits.ts'
import { mayEdit } from './may-edit.ts'
import { useRoom } from './room-context.ts'

interface ComposerParts {
  readonly intent: ComposerIntent
  readonly onIntent: (intent: ComposerIntent) => void
  readonly field: RefObject<HTMLTextAreaElement | null>
}

const NO_MEMBERS: readonly Member[] = []
const NO_FILES: readonly File[] = []

export function useComposer({ intent, onIntent, field }: ComposerParts) {
  const texts = useTexts()
  const { space } = useRoom()
  const members = useSelect((s) => (s.spaceStates[space] ?? EMPTY_SPACE).members ?? NO_MEMBERS)
  const draft = useDraft(intent)
  const choice = useMention(members, draft.text)
  const outgoing = draft.text.trim()
  const isTooLong = byteLength(outgoing) > MESSAGE_BYTES_MAX
  const toSend = useFilesToSend(intent, field)
  const ready = (outgoing !== '' || toSend.files.length > 0) && !isTooLong
  const send = useSend(intent)
  useFocusOnIntent(intent, field)
  const put = (text: string, caret: number) => {
    // At once: were the caret set a frame later, it would jump between two letters of somebody who types on.
    flushSync(() => {
      draft.setText(text)
      choice.close()
    })
    field.current?.focus()
    field.current?.setSelectionRange(caret, caret)
  }
  const cancel = () => {
    onIntent({ kind: 'new' })
    field.current?.focus()
  }
  const submit = () => {
    if (!ready) return
    send(outgoing === '' ? fileNames(toSend.files) : outgoing, toSend.files)
    if (toSend.files.length > 0) toSend.chosen.clear()
    draft.clear()
    onIntent({ kind: 'new' })
    field.current?.focus()
  }
  const pick = (member: Member) => {
    if (choice.query === undefined) return
    const done = completeMention(draft.text, choice.query, member.name)
    put(done.text, done.caret)
  }
  const editLast = useEditLast(onIntent)
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return
    if (choice.onKeyDown(event, pick)) return
    if (event.key === 'Enter' && !event.shiftKey) submit()
    else if (event.key === 'Escape' && intent.kind !== 'new') cancel()
    else if (event.key !== 'ArrowUp' || draft.text !== '' || !editLast()) return
    event.preventDefault()
  }
  const insert = (emoji: string) => {
    const at = field.current?.selectionStart ?? draft.text.length
    put(draft.text.slice(0, at) + emoji + draft.text.slice(at), at + emoji.length)
  }
  const mention: MentionChoice | undefined =
    choice.members.length === 0 ? undefined : { ...choice, pick }
  return {
    text: draft.text,
    ready,
    tooLong: isTooLong ? texts.composer.tooLong(MESSAGE_BYTES_MAX) : undefined,
    mention,
    mentionProps: mention === undefined ? {} : mentionProps(choice.selected),
    change: (target: HTMLTextAreaElement) => {
      draft.setText(target.value)
      choice.read(target.value, target.selectionStart)
    },
    ...toSend,
    insert,
    submit,
    cancel,
    onKeyDown,
  }
}

/** Files chosen in this room; an edit takes none along. */
function useFilesToSend(intent: ComposerIntent, field: ComposerParts['field']) {
  const { space, room } = useRoom()
  const chosen = useChosen(roomKey(space, room))
  const addFiles = (more: readonly File[]) => {
    chosen.add(more)
    field.current?.focus()
  }
  return { chosen, files: intent.kind === 'edit' ? NO_FILES : chosen.files, addFiles }
}

/** An edit has its own text; leaving it brings the draft back. */
function useDraft(intent: ComposerIntent) {
  const { store } = useApp()
  const { space, room } = useRoom()
  const key = roomKey(space, room)
  const [draft, setDraft] = useState(() => store.notes.draft(key))
  const [edited, setEdited] = useState('')
  const editing = intent.kind === 'edit'
  const original = editing ? intent.message : undefined
  useEffect(() => {
    if (original !== undefined) setEdited(original.text)
  }, [original])
  const setText = (text: string) => {
    if (editing) {
      setEdited(text)
      return
    }
    if (text === draft) return
    setDraft(text)
    store.notes.setDraft(key, text)
  }
  const clear = () => setText('')
  return { text: editing ? edited : draft, setText, clear }
}

function useSend(intent: ComposerIntent) {
  const { store } = useApp()
  const { space, room } = useRoom()
  return (text: string, files: readonly File[]) => {
    if (intent.kind === 'edit') {
      if (text !== intent.message.text) void store.rooms.edit(space, intent.message, text)
      return
    }
    const to = intent.kind === 'reply' ? intent.message : undefined
    const quoted = to && { id: to.id, authorName: to.authorName, text: to.text }
    store.rooms.send(space, room, text, quoted, files)
  }
}

function useEditLast(onIntent: (intent: ComposerIntent) => void): () => boolean {
  const { store } = useApp()
  const { space, room } = useRoom()
  return () => {
    const messages: readonly Message[] = store.get().rooms[roomKey(space, room)]?.messages ?? []
    const last = messages.findLast(mayEdit)
    if (last !== undefined) onIntent({ kind: 'edit', message: last })
    return last !== undefined
  }
}

function useFocusOnIntent(intent: ComposerIntent, field: ComposerParts['field']) {
  useEffect(() => {
    if (intent.kind !== 'new') field.current?.focus()
  }, [intent, field])
}

function useMention(members: readonly Member[], text: string) {
  const [query, setQuery] = useState<MentionQuery | undefined>(undefined)
  const [selected, setSelected] = useState(0)
  const found =
    query === undefined || text === '' ? NO_MEMBERS : suggestMembers(members, query.query)
  const close = () => setQuery(undefined)
  const read = (value: string, caret: number) => {
    const next = mentionAt(value, caret)
    if (next?.query !== query?.query) setSelected(0)
    setQuery(next)
  }
  const onKeyDown = (event: KeyboardEvent, pick: (member: Member) => void): boolean => {
    if (found.length === 0) return false
    const member = found[selected]
    if (event.key === 'ArrowDown') setSelected((selected + 1) % found.length)
    else if (event.key === 'ArrowUp') setSelected((selected + found.length - 1) % found.length)
    else if (event.key === 'Escape') close()
    else if ((event.key === 'Enter' || event.key === 'Tab') && member !== undefined) pick(member)
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  return { query, members: found, selected, close, read, onKeyDown }
}

function mentionProps(selected: number) {
  return {
    'aria-haspopup': 'listbox',
    'aria-controls': 'mention-list',
    'aria-autocomplete': 'list',
    'aria-activedescendant': `mention-${selected}`,
  } as const
}
