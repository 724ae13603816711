/** What the tracker's page shares with the web app, so that both look like one family. */
export { Avatar, personStyle } from './avatar.tsx'
export { Button, classes, IconButton } from './button.tsx'
export { Empty } from './empty.tsx'
export { Field } from './field.tsx'
export { TooltipProvider } from './tooltip.tsx'
