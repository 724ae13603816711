export * from './durability-table.ts'
export * from './object-year.ts'
export { SeededRandom } from '../simulator/seeded-random.ts'
