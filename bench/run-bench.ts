import { usage } from './arguments.ts';

/**
 * Runs a bench that takes the common options, or tells them if asked to.
 * Ends with 2 for a command line that is not understood, and with 1 for anything else that goes wrong.
 * @param invocation how it is called, for the help
 */
export const runBench = async (
  invocation: string,
  main: (argv: readonly string[]) => Promise<void>,
): Promise<void> => {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    console.log(`${invocation}\n${usage}`);
    return;
  }
  try {
    await main(argv);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof TypeError ? 2 : 1;
  }
};
