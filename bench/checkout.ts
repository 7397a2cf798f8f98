import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}${stdout}`);
  return stdout.trim();
}

/** Compiles a checkout to its `dist/`, as the image has it. @throws Error with the compiler's messages */
export function build(checkout: string): void {
  run('npm', ['run', '--silent', 'build'], checkout);
}

/** The abbreviated commit that a revision names. @throws Error if it names none */
export const commitOf = (repository: string, revision: string): string =>
  run('git', ['rev-parse', '--short', '--verify', `${revision}^{commit}`], repository);

/**
 * A revision in a folder of its own, with its dependencies and compiled. Dependencies that are the same as those of the repository are
 * shared with it; others are installed.
 */
export function checkOut(repository: string, commit: string, folder: string): void {
  run('git', ['worktree', 'add', '--detach', folder, commit], repository);
  const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (lock(repository) === lock(folder) && existsSync(join(repository, 'node_modules'))) {
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  } else {
    run('npm', ['ci', '--no-audit', '--no-fund'], folder);
  }
  build(folder);
}

/** Lets git forget the worktrees whose folders are gone. */
export function forgetCheckouts(repository: string): void {
  run('git', ['worktree', 'prune'], repository);
}
