/**
 * The text of a message, drawn from the token tree of `@hamlet/chat/markdown`: elements and strings, never HTML. Links
 * open in a tab of their own that knows nothing of this page.
 */

import { parseMarkdown } from '@hamlet/chat/markdown'
import type { MarkdownBlock, MarkdownInline } from '@hamlet/chat/markdown'
import type { Member } from '@hamlet/http/api'
import { Fragment, memo, useMemo } from 'react'
import { useSelect } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { spaceOf } from '../state/route.ts'
import { classes } from '../ui/button.tsx'
import styles from './message-body.module.css'

interface MessageBodyProps {
  readonly text: string
  /** Inside a button: links are drawn as text, and long messages are cut. */
  readonly inline?: boolean
}

const NO_MEMBERS: readonly Member[] = []
const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D|\p{Emoji_Modifier}|\p{Extended_Pictographic})*\s*){1,3}$/u

export const MessageBody = memo(MessageBodyView)

function MessageBodyView({ text, inline = false }: MessageBodyProps) {
  const members = useSelect((state) => {
    const space = spaceOf(state.route) ?? ''
    return (state.spaceStates[space] ?? EMPTY_SPACE).members ?? NO_MEMBERS
  })
  const blocks = useMemo(() => {
    const names = members.map((member) => member.name).filter((name) => name !== '')
    return parseMarkdown(text, names.length === 0 ? {} : { names })
  }, [text, members])
  const self = members.find((member) => member.self)?.name.toLowerCase() ?? ''
  const large = EMOJI_ONLY.test(text)
  const Wrapper = inline ? 'span' : 'div'
  return (
    <Wrapper className={classes(styles.body, inline && styles.inline, large && styles.large)}>
      {blocks.map((block, index) => (
        <Block key={index} block={block} drawing={{ links: !inline, self }} />
      ))}
    </Wrapper>
  )
}

interface Drawing {
  readonly links: boolean
  /** The reader's own name, lower case: a mention of it stands out. */
  readonly self: string
}

function Block({ block, drawing }: { readonly block: MarkdownBlock; readonly drawing: Drawing }) {
  // In a button only phrasing content may stand.
  const plain = !drawing.links
  switch (block.type) {
    case 'paragraph': {
      const Paragraph = plain ? 'span' : 'p'
      return (
        <Paragraph className={styles.paragraph}>
          <Inlines items={block.children} drawing={drawing} />
        </Paragraph>
      )
    }
    case 'quote': {
      const Quote = plain ? 'span' : 'blockquote'
      return (
        <Quote className={styles.quote}>
          {block.children.map((child, index) => (
            <Block key={index} block={child} drawing={drawing} />
          ))}
        </Quote>
      )
    }
    case 'list':
      return <List block={block} drawing={drawing} />
    case 'code-block':
      return plain ? (
        <code>{block.text}</code>
      ) : (
        <pre className={styles.code} tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      )
  }
}

interface ListProps {
  readonly block: Extract<MarkdownBlock, { type: 'list' }>
  readonly drawing: Drawing
}

function List({ block, drawing }: ListProps) {
  if (!drawing.links) {
    return block.items.map((item, index) => (
      <span key={index} className={styles.paragraph}>
        • <Inlines items={item} drawing={drawing} />
      </span>
    ))
  }
  const items = block.items.map((item, index) => (
    <li key={index}>
      <Inlines items={item} drawing={drawing} />
    </li>
  ))
  return block.ordered ? (
    <ol className={styles.ordered} start={block.start}>
      {items}
    </ol>
  ) : (
    <ul className={styles.bullets}>{items}</ul>
  )
}

interface InlinesProps {
  readonly items: readonly MarkdownInline[]
  readonly drawing: Drawing
}

function Inlines({ items, drawing }: InlinesProps) {
  return items.map((item, index) => (
    <Fragment key={index}>
      <Inline item={item} drawing={drawing} />
    </Fragment>
  ))
}

const MARKS = { bold: 'strong', italic: 'em', strike: 's' } as const

function Inline({ item, drawing }: { readonly item: MarkdownInline; readonly drawing: Drawing }) {
  switch (item.type) {
    case 'text':
      return item.text
    case 'break':
      return <br />
    case 'code':
      return <code className={styles.inlineCode}>{item.text}</code>
    case 'bold':
    case 'italic':
    case 'strike': {
      const Mark = MARKS[item.type]
      return (
        <Mark>
          <Inlines items={item.children} drawing={drawing} />
        </Mark>
      )
    }
    case 'link':
      return <Link item={item} drawing={drawing} />
    case 'mention':
      return (
        <span className={styles.mention} data-self={item.name.toLowerCase() === drawing.self}>
          @{item.name}
        </span>
      )
  }
}

interface LinkProps {
  readonly item: Extract<MarkdownInline, { type: 'link' }>
  readonly drawing: Drawing
}

function Link({ item, drawing }: LinkProps) {
  const children = <Inlines items={item.children} drawing={drawing} />
  if (!drawing.links) return children
  return (
    <a href={item.href} title={item.href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}
