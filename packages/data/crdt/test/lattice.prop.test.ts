/** Goal: every type obeys the laws and its model. Method: the suite `lattice` of the test kit, over random scripts. */
import { describe, test } from 'node:test'
import * as cases from '@hamlet/testkit/conformance/lattice-cases'
import { latticeConformance } from '@hamlet/testkit/conformance/lattice'
import type { ForAll } from '@hamlet/testkit/conformance/lattice'
import fc from 'fast-check'

const forAll: ForAll = (run) => {
  const script = fc.array(fc.nat({ max: 1000 }), { maxLength: 200, size: 'max' })
  fc.assert(fc.property(script, run), { numRuns: 150 })
}

describe('lattices', () => {
  latticeConformance(test, forAll, cases.gCounterCase)
  latticeConformance(test, forAll, cases.pnCounterCase)
  latticeConformance(test, forAll, cases.gSetCase)
  latticeConformance(test, forAll, cases.orSetCase)
  latticeConformance(test, forAll, cases.enableWinsFlagCase)
  latticeConformance(test, forAll, cases.mvRegisterCase)
  latticeConformance(test, forAll, cases.lwwRegisterCase)
  latticeConformance(test, forAll, cases.lwwMapCase)
  latticeConformance(test, forAll, cases.orMapCase)
})
