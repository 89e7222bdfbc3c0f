/**
 * AssemblyScript: candidates of one user scored four at a time. `model/kernel/candidate-kernel.ts` lays the memory out and
 * calls these; addresses are in bytes and multiples of 16, numbers float32. Columns are `stride` numbers apart, a multiple
 * of four; the last group of four may reach beyond `count`, into numbers that nobody reads.
 */
export { combine, greatest, scale } from './columns';
export { cut } from './cut';
export { dots, likenesses } from './dots';
export { features } from './features';
export { alike, blanks, sharesOf } from './items';
