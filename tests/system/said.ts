// What a started program prints, while it prints it: to wait for a word of it. Reads one stream.

/** A program's output, read to its end. */
export class Said {
  /** All of it, when the program has closed the stream. */
  readonly all: Promise<string>;
  #text = "";
  #waiting: {
    readonly word: string;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.all = this.#read(stream);
  }

  /** Done when the word is there; rejected where the output ends without it. */
  has(word: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ word, resolve, reject });
    this.#look();
    return promise;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<string> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#look();
    }
    for (const { word, reject } of this.#waiting) reject(new Error(`not "${word}", but: ${this.#text}`));
    return this.#text;
  }

  #look(): void {
    this.#waiting = this.#waiting.filter(({ word, resolve }) => {
      if (!this.#text.includes(word)) return true;
      resolve();
      return false;
    });
  }
}
