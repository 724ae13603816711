/** What can be shown of a file in the page. The same list as the server's: of these types a browser runs nothing. */

export type PreviewKind = 'image' | 'video' | 'audio' | 'text'

const IMAGES = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp']
const AUDIO = ['mpeg', 'mp4', 'aac', 'ogg', 'opus', 'wav', 'flac', 'webm']
const VIDEOS = ['mp4', 'webm', 'ogg', 'quicktime', 'x-matroska']

const KINDS: ReadonlyMap<string, PreviewKind> = new Map([
  ...IMAGES.map((type) => [`image/${type}`, 'image'] as const),
  ...AUDIO.map((type) => [`audio/${type}`, 'audio'] as const),
  ...VIDEOS.map((type) => [`video/${type}`, 'video'] as const),
  ['text/plain', 'text'] as const,
])

/** `undefined`: it can be saved, and is not shown. */
export function previewKind(mediaType: string): PreviewKind | undefined {
  return KINDS.get(mediaType)
}
