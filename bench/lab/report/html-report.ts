/** The report: one file with everything in it, no script, nothing loaded from elsewhere. */

import type { LabResults, LabWorld } from '../results.ts'
import { escapeText } from './escape.ts'
import { formatDuration } from './format.ts'
import { plotsOf } from './plots.ts'
import { STYLE } from './style.ts'
import { tablesOf } from './tables.ts'
import type { Table } from './tables.ts'
import { findingsOf, INTRODUCTION, LIMITS, METHODS, summaryOf } from './words.ts'

export interface HtmlOptions {
  /** When and where it was made; without it the bytes depend on the seed alone. */
  readonly stamp?: string | undefined
}

export function renderHtml(results: LabResults, { stamp }: HtmlOptions = {}): string {
  const { seed, quick, worlds } = results
  const made = [`Seed ${seed}`, ...(quick ? ['short plays'] : []), ...(stamp ? [stamp] : [])]
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>The lab: what availability costs</title>',
    `<style>${STYLE}</style></head><body>`,
    '<header><h1>What availability costs</h1>',
    `<p class="lead">${escapeText(INTRODUCTION)}</p>`,
    `<p class="made">${escapeText(made.join(' · '))}</p>`,
    contents(worlds),
    '</header><main>',
    section('findings', 'What was found', list(summaryOf(results))),
    ...worlds.map(renderWorld),
    section('methods', 'How it was measured', list(METHODS)),
    section('limits', 'Limits of the study', list(LIMITS)),
    '</main></body></html>\n',
  ].join('\n')
}

function contents(worlds: readonly LabWorld[]): string {
  const entries = [
    ['findings', 'What was found'],
    ...worlds.map(({ name, facts }) => [name, facts.title]),
    ['methods', 'How it was measured'],
    ['limits', 'Limits'],
  ]
  const links = entries.map(([id, title]) => `<li><a href="#${id!}">${escapeText(title!)}</a></li>`)
  return `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`
}

function section(id: string, title: string, body: string): string {
  return `<section id="${id}"><h2>${escapeText(title)}</h2>${body}</section>`
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escapeText(item)}</li>`).join('')}</ul>`
}

function renderWorld(world: LabWorld): string {
  const { facts, name } = world
  const delay = `Messages take ${formatDuration(facts.delayMeanMs)} on average; the play lasts ${formatDuration(facts.playMs)}.`
  return section(
    name,
    facts.title,
    [
      ...facts.story.map((text) => `<p>${escapeText(text)}</p>`),
      `<p class="note">${escapeText(delay)}</p>`,
      list(findingsOf(world)),
      `<div class="plots">${plotsOf(world).join('\n')}</div>`,
      ...tablesOf(world).map(renderTable),
    ].join('\n'),
  )
}

/** Wide tables scroll by themselves; the region can be reached by keyboard. */
function renderTable({ title, note, head, rows }: Table): string {
  const columns = head.map((cell) => `<th scope="col">${escapeText(cell)}</th>`).join('')
  return [
    `<h3>${escapeText(title)}</h3><p class="note">${escapeText(note)}</p>`,
    `<div class="scroll" role="region" aria-label="${escapeText(title)}" tabindex="0"><table>`,
    `<thead><tr>${columns}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table></div>`,
  ].join('\n')
}

function cells(row: readonly string[]): string {
  return row
    .map((cell, i) =>
      i === 0 ? `<th scope="row">${escapeText(cell)}</th>` : `<td>${escapeText(cell)}</td>`,
    )
    .join('')
}
