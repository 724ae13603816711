/** Where messages are written. Enter sends, Shift+Enter breaks the line, Up in an empty field edits the last own message. */

import { Paperclip, Pencil, Reply, SendHorizontal, Smile, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTexts } from '../app-context.tsx'
import { ChosenList } from '../files/chosen-list.tsx'
import { pickFiles } from '../files/pick-files.ts'
import { takenFiles } from '../files/taken-files.ts'
import { nameOr } from '../format/people.ts'
import { Button, IconButton } from '../ui/button.tsx'
import type { ComposerIntent } from './composer-types.ts'
import styles from './composer.module.css'
import { EmojiPicker } from './emoji-picker.tsx'
import { MentionList } from './mention-list.tsx'
import { plainText } from './plain-text.ts'
import { useRoom } from './room-context.ts'
import { useComposer } from './use-composer.ts'

interface ComposerProps {
  readonly intent: ComposerIntent
  readonly onIntent: (intent: ComposerIntent) => void
}

export function Composer({ intent, onIntent }: ComposerProps) {
  const texts = useTexts()
  const { name } = useRoom()
  const field = useRef<HTMLTextAreaElement>(null)
  const composer = useComposer({ intent, onIntent, field })
  useAutoHeight(field, composer.text)
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        composer.submit()
      }}
      {...takenFiles(intent.kind === 'edit' ? undefined : composer.addFiles)}
    >
      <IntentBar intent={intent} onCancel={composer.cancel} />
      {composer.mention !== undefined && <MentionList mention={composer.mention} />}
      {composer.tooLong !== undefined && (
        <p className={styles.tooLong} role="alert">
          {composer.tooLong}
        </p>
      )}
      {intent.kind !== 'edit' && <ChosenList chosen={composer.chosen} />}
      <div className={styles.box}>
        {intent.kind !== 'edit' && (
          <IconButton
            label={texts.attach.choose}
            onClick={() => void pickFiles('files').then(composer.addFiles)}
          >
            <Paperclip />
          </IconButton>
        )}
        <EmojiPicker
          onPick={composer.insert}
          trigger={
            <IconButton label={texts.composer.emoji}>
              <Smile />
            </IconButton>
          }
        />
        <textarea
          ref={field}
          className={styles.field}
          rows={1}
          aria-label={texts.composer.label(name)}
          placeholder={texts.composer.label(name)}
          value={composer.text}
          onChange={(event) => composer.change(event.target)}
          onSelect={(event) => composer.change(event.currentTarget)}
          onKeyDown={composer.onKeyDown}
          {...composer.mentionProps}
        />
        <Button
          tone="primary"
          type="submit"
          className={styles.send}
          disabled={!composer.ready}
          aria-label={intent.kind === 'edit' ? texts.message.saveEdit : texts.composer.send}
          title={texts.composer.hint}
        >
          <SendHorizontal />
        </Button>
      </div>
    </form>
  )
}

interface IntentBarProps {
  readonly intent: ComposerIntent
  readonly onCancel: () => void
}

function IntentBar({ intent, onCancel }: IntentBarProps) {
  const texts = useTexts()
  if (intent.kind === 'new') return null
  const reply = intent.kind === 'reply'
  const author = nameOr(intent.message.authorName, texts)
  return (
    <div className={styles.intent}>
      {reply ? <Reply /> : <Pencil />}
      <strong>{reply ? texts.message.replyingTo(author) : texts.message.editing}</strong>
      <span>{reply ? plainText(intent.message.text) : ''}</span>
      <IconButton
        label={reply ? texts.message.cancelReply : texts.common.cancel}
        onClick={onCancel}
      >
        <X />
      </IconButton>
    </div>
  )
}

const HEIGHT_PX_MAX = 200

function useAutoHeight(field: React.RefObject<HTMLTextAreaElement | null>, text: string) {
  useEffect(() => {
    const element = field.current
    if (element === null) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, HEIGHT_PX_MAX)}px`
  }, [field, text])
  useEffect(() => {
    // A keyboard that covers half the screen must not appear by itself.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [field])
}
