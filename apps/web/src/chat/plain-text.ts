/** A message in one line without its marks, for quotes and previews. */

import { markdownToText, parseMarkdown } from '@hamlet/chat/markdown'

/** No line of a preview is longer; parsing what nobody sees would cost time. */
const PREVIEW_LENGTH_MAX = 400

export function plainText(text: string): string {
  const start = text.slice(0, PREVIEW_LENGTH_MAX)
  return markdownToText(parseMarkdown(start)).replace(/\s+/g, ' ').trim()
}
