// Parts of the page in scripts of their own: shown at once when they are here, loaded once, and asked for again after a failure.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { createElement, Suspense } from 'react'
import { renderToString } from 'react-dom/server'
import { prerenderToNodeStream } from 'react-dom/static'
import { later, warmParts } from '../src/ui/later.ts'

const Hello = ({ name }: { readonly name: string }) => createElement('p', null, `Hello, ${name}`)

test('a part that is here is drawn without waiting, and its script was loaded once', async () => {
  let loads = 0
  const Part = later(async () => {
    loads++
    return Hello
  })
  await Promise.all([Part.warm(), Part.warm()])
  assert.equal(renderToString(createElement(Part, { name: 'Ana' })), '<p>Hello, Ana</p>')
  assert.equal(loads, 1)
})

test('a script that could not be loaded is asked for again, and keeps nothing else from being loaded', async () => {
  const asked: string[] = []
  const Broken = later(async () => {
    asked.push('broken')
    if (asked.filter((each) => each === 'broken').length === 1) throw new Error('the peer is gone')
    return Hello
  })
  const Whole = later(async () => {
    asked.push('whole')
    return Hello
  })
  await warmParts()
  assert.deepEqual(asked, ['broken', 'whole'])
  await Broken.warm()
  assert.equal(renderToString(createElement(Broken, { name: 'Ben' })), '<p>Hello, Ben</p>')
  assert.equal(renderToString(createElement(Whole, { name: 'Cleo' })), '<p>Hello, Cleo</p>')
})

test('what is shown before its script could be loaded appears when it can, and nothing around it breaks', async () => {
  let loads = 0
  const Part = later(async () => {
    if (++loads < 3) throw new Error('the peer is gone')
    return Hello
  }, 1)
  const page = createElement(
    'main',
    null,
    createElement('h1', null, 'Files'),
    createElement(Suspense, { fallback: null }, createElement(Part, { name: 'Ana' })),
  )
  const { prelude } = await prerenderToNodeStream(page)
  const drawn = await text(prelude)
  assert.match(drawn, /<h1>Files<\/h1>/)
  assert.match(drawn, /<p>Hello, Ana<\/p>/)
  assert.equal(loads, 3)
})
