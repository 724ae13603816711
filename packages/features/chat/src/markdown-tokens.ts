/** The tree a text becomes: plain data for a face to draw. There is no token for HTML, images or anything fetched. */

export type MarkdownBlock =
  | { readonly type: 'paragraph'; readonly children: readonly MarkdownInline[] }
  | { readonly type: 'quote'; readonly children: readonly MarkdownBlock[] }
  | {
      readonly type: 'list'
      readonly ordered: boolean
      /** Number of the first item; 1 unless ordered. */
      readonly start: number
      readonly items: readonly (readonly MarkdownInline[])[]
    }
  /** `language`: what followed the fence, `[a-z0-9+#.-]`, possibly empty. */
  | { readonly type: 'code-block'; readonly language: string; readonly text: string }

export type MarkdownInline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'break' }
  | { readonly type: 'code'; readonly text: string }
  | {
      readonly type: 'bold' | 'italic' | 'strike'
      readonly children: readonly MarkdownInline[]
    }
  /** `href` begins with `http://`, `https://` or `mailto:` and holds no white space or control character. */
  | { readonly type: 'link'; readonly href: string; readonly children: readonly MarkdownInline[] }
  /** `name`: what follows the `@`. */
  | { readonly type: 'mention'; readonly name: string }

export interface MarkdownOptions {
  /** Names to recognise after `@`, which may hold spaces; without it any word is taken for a name. */
  readonly names?: readonly string[]
}
