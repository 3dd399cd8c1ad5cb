// When a program's socket is there for everybody: made anew, and opened to others, which it is once its maker listens.
// Watches the folder that the file is in.

/** Permissions of a socket that everybody may connect to (lib/linux/socket.ts opens it last). */
const FOR_EVERYBODY = 0o666;

/** Waits for a socket file to be made, or to be made anew. */
export class SocketFile {
  readonly #path: string;
  readonly #before: string | null;
  readonly #watcher: Deno.FsWatcher;

  /** From here on another one than there is now is waited for. The folder has to exist. */
  constructor(path: string) {
    this.#path = path;
    this.#before = this.#identity();
    this.#watcher = Deno.watchFs(path.slice(0, path.lastIndexOf("/")));
  }

  /** Done when another one is there, open to everybody; also where `close` ends the wait. */
  async changed(): Promise<void> {
    if (this.#isAnother()) return;
    for await (const _event of this.#watcher) {
      if (this.#isAnother()) return;
    }
  }

  close(): void {
    try {
      this.#watcher.close();
    } catch {
      // The loop above closed it.
    }
  }

  #isAnother(): boolean {
    const now = this.#identity();
    return now !== null && now !== this.#before;
  }

  /** Null: there is none, or one that is not open to everybody yet. */
  #identity(): string | null {
    try {
      const { ino, mtime, mode } = Deno.lstatSync(this.#path);
      return ((mode ?? 0) & 0o777) === FOR_EVERYBODY ? `${ino} ${mtime?.getTime()}` : null;
    } catch {
      return null;
    }
  }
}
