/** Where the page begins: reads the errand of the link, opens the session, and shows the app or how to get in. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Root } from './root.tsx'
import './ui/tokens.css'
import './ui/global.css'

const element = document.querySelector('#root')
if (element !== null) {
  createRoot(element).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  )
}
