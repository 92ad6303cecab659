// What a set-up says while it works: one line a step, with what came of it and how long it took.

/** Something the person can put right; its message is shown as it is, without a stack. */
export class SetupError extends Error {}

const seconds = (/** @type {number} */ fromMs) => `${((performance.now() - fromMs) / 1000).toFixed(1)} s`;

/** A line about what is going on inside a step. @param {string} text */
export function say(text) {
  console.log(`  … ${text}`);
}

/**
 * Runs one step and reports it. The work returns what came of it, in a few words.
 * @template T
 * @param {string} title
 * @param {() => Promise<{ outcome: string, value?: T }> | { outcome: string, value?: T }} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startedMs = performance.now();
  try {
    const { outcome, value } = await work();
    console.log(`✓ ${title}: ${outcome} (${seconds(startedMs)})`);
    return /** @type {T} */ (value);
  } catch (error) {
    console.error(`✗ ${title} failed after ${seconds(startedMs)}`);
    throw error;
  }
}

/**
 * Runs a script's main part: a SetupError ends it with its message, anything else with its stack.
 * @param {() => Promise<number>} main returns the exit code
 */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
