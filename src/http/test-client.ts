/** For tests of the listener: a client that writes and reads bytes. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";

export class Client {
  readonly socket: Socket;
  text = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => (this.text += chunk.toString("latin1")));
    this.socket.on("error", () => undefined);
    onTestFinished(() => void this.socket.destroy());
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  async until(pattern: RegExp | string): Promise<string> {
    const isThere = () => (typeof pattern === "string" ? this.text.includes(pattern) : pattern.test(this.text));
    await expect.poll(isThere, { message: `${pattern} comes` }).toBe(true);
    return this.text;
  }

  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, "close");
    return this.text;
  }
}

export const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
