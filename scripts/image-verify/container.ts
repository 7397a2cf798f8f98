import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, type Finished } from './shell.ts';

/** How a container is started; what a runtime would take from `docker run`'s options. */
export interface ContainerOptions {
  /** The folder of the image's root file system, with the network of this machine. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Folders of this machine by the path that they have inside; each is writable, everything else is not. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Writes every system call that names a file to this file; the program is then not PID 1. */
  readonly traceTo?: string;
}

const USER = 65_532;

// What runc does, in as far as it matters here: own mounts, processes and devices, a root that nobody can write to, no way back
// to root. `exec` all the way, so that the program is PID 1.
const CONTAIN = `
root=$1; trace=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64k,mode=0755 tmpfs "$root/dev"
for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,ro "$root/dev"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
[ -z "$trace" ] || set -- strace -f -qq -e trace=%file -o "$trace" "$@"
exec "$@"
`;

/** A program of the image that runs as the image says: not as root, on a read-only root, as PID 1. */
export class Container {
  readonly #supervisor: ChildProcess;
  readonly exited: Promise<number>;
  #output = '';

  constructor(options: ContainerOptions) {
    const [program = 'sh', ...args] = command(options);
    this.#supervisor = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.#supervisor, 'close').then(([code]) => (typeof code === 'number' ? code : 128));
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    this.#supervisor.stdout?.on('data', keep);
    this.#supervisor.stderr?.on('data', keep);
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** Its PID as this machine sees it; undefined when it has not been forked yet, or is gone. */
  get pid(): number | undefined {
    const { pid } = this.#supervisor;
    if (pid === undefined || this.#supervisor.exitCode !== null) return undefined;
    return firstChild(pid);
  }

  /** A line of `/proc/PID/status`, such as `NSpid` or `CapEff`. */
  status(field: string): string | undefined {
    const lines = readFileSync(`/proc/${this.pid}/status`, 'utf8').split('\n');
    return lines
      .find((line) => line.startsWith(`${field}:`))
      ?.slice(field.length + 1)
      .trim();
  }

  /** The processor time that it has used so far, in milliseconds. */
  get cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // After the name, which is in brackets, the fields are numbers; utime and stime are the 14th and 15th of all, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  /** The memory that it holds now: all that is resident, and the part that is its own and not a file's. */
  get memory(): { readonly resident: number; readonly own: number } {
    const bytes = (field: string) => 1024 * Number.parseInt(this.status(field) ?? '', 10);
    return { resident: bytes('VmRSS'), own: bytes('RssAnon') };
  }

  signal(name: NodeJS.Signals): void {
    if (this.pid !== undefined) process.kill(this.pid, name);
  }

  /** As `signal`, to the youngest descendant: the program itself where something else watches it. */
  signalLast(name: NodeJS.Signals): void {
    let last = this.pid;
    for (let child = last; child !== undefined; child = firstChild(child)) last = child;
    if (last !== undefined) process.kill(last, name);
  }

  /** Ends it without asking, if it is still there. */
  async kill(): Promise<void> {
    // Not by way of the supervisor: its --kill-child does not outlive the change of the user.
    this.signal('SIGKILL');
    await this.exited;
  }
}

function firstChild(pid: number): number | undefined {
  const child = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
  return Number.isNaN(child) ? undefined : child;
}

/** Runs a program of the image to its end. */
export function runInside(options: ContainerOptions): Promise<Finished> {
  const [program = 'sh', ...args] = command(options);
  return capture(program, args);
}

function command({ root, env, args, volumes, traceTo = '' }: ContainerOptions): string[] {
  // As a runtime does: mount points are made before the root becomes read-only.
  for (const inside of Object.keys(volumes)) mkdirSync(join(root, inside), { recursive: true });
  const mounts = Object.entries(volumes).flatMap(([inside, outside]) => [outside, inside]);
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [
    ...['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--'],
    ...['sh', '-euc', CONTAIN, 'contain', root, traceTo, ...mounts, '--'],
    ...['/usr/bin/env', '-i', ...environment],
    ...['/usr/bin/setpriv', '--no-new-privs', '--'],
    ...['/usr/sbin/chroot', `--userspec=${USER}:${USER}`, '--groups=', root, ...args],
  ];
}
