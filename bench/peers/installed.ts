import { spawnSync } from 'node:child_process';

/**
 * The version that a command prints of itself, or undefined if the command is not there.
 *
 * @param pattern its first group is the version
 */
export function versionOf(command: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return pattern.exec(`${stdout}\n${stderr}`)?.[1];
}
