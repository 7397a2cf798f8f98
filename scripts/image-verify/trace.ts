/** One system call that named a file, as strace wrote it. */
export interface FileCall {
  readonly line: string;
  readonly path: string;
  /** Whether it would change something; refused attempts count. */
  readonly writes: boolean;
}

const CALL = /^(?:\d+\s+)?(?<name>\w+)\((?<args>.*)$/;
const CHANGING =
  /^(creat|mkdir|mknod|rename|unlink|rmdir|link|symlink|truncate|chmod|fchmodat|l?chown|fchownat|utime|futimesat|l?setxattr)/;
const OPENED_TO_WRITE = /O_(WRONLY|RDWR|CREAT|TRUNC)/;

/** Reads the output of `strace -f -e trace=%file`. What came before the program that was meant, node, is left out. */
export function fileCalls(trace: string): FileCall[] {
  const lines = trace.split('\n');
  const start = lines.findLastIndex((line) => /execve\("[^"]*\/node"/.test(line) && line.endsWith('= 0'));
  return lines.slice(start + 1).flatMap((line) => {
    const { name = '', args = '' } = CALL.exec(line)?.groups ?? {};
    const path = /"([^"]*)"/.exec(args)?.[1];
    return path === undefined ? [] : [{ line: line.slice(0, 160), path, writes: changes(name, args) }];
  });
}

function changes(name: string, args: string): boolean {
  // `mkdir -p` of a folder that is there.
  if (name.startsWith('mkdir') && args.includes('EEXIST')) return false;
  return CHANGING.test(name) || (name.startsWith('open') && OPENED_TO_WRITE.test(args));
}
