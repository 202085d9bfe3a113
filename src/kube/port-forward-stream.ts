import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { ConnectionError } from './errors.ts';
import { type Frame, createFrameReader, encodeFrame, opcodes } from './websocket-frames.ts';

const dataChannel = 0;
const errorChannel = 1;
/** Each channel begins with the number of the port, little-endian. */
const announcementBytes = 2;
const maxFrameBytes = 16 * 1024 * 1024;
const maxErrorBytes = 4_096;
/** The server answers a close frame, or has lost the connection. */
const closeMs = 1_000;
/** RFC 6455, 7.4.1: normal closure. */
const normalClosure = Buffer.from([0x03, 0xe8]);

/** The bytes of one forwarded port inside the WebSocket `socket`. States: open → ended (no more to send) → closed. */
export class PortForwardStream extends Duplex {
  readonly #socket: Duplex;
  readonly #frames = createFrameReader(maxFrameBytes);
  /** Channel of the message that is being read; undefined before its first byte. */
  #channel: number | undefined;
  readonly #toSkip = [announcementBytes, announcementBytes];
  #isClosing = false;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, head: Buffer) {
    // What is written after the end of the other side goes nowhere.
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('error', (error) =>
      this.destroy(new ConnectionError(`port-forward: ${error.message}`, { cause: error })),
    );
    socket.on('end', () => {
      this.#endReading();
      this.#close();
    });
    // What came before the end is still the reader's to take.
    socket.on('close', () => (this.#hasEnded ? undefined : this.destroy()));
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    if (head.length > 0) this.#take(head);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(opcodes.binary, Buffer.concat([Buffer.of(dataChannel), chunk]), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    done(error);
  }

  #send(opcode: number, payload: Buffer, done: (error?: Error | null) => void = () => undefined): void {
    this.#socket.write(encodeFrame(opcode, payload, randomBytes(4)), done);
  }

  #take(bytes: Buffer): void {
    try {
      for (const frame of this.#frames(bytes)) this.#takeFrame(frame);
    } catch (error) {
      this.destroy(new ConnectionError('port-forward: the server broke the protocol', { cause: error }));
    }
  }

  #takeFrame({ opcode, final, payload }: Frame): void {
    if (opcode === opcodes.ping) return this.#send(opcodes.pong, payload);
    if (opcode === opcodes.pong) return;
    if (opcode === opcodes.close) {
      this.#endReading();
      this.#close();
      return;
    }
    let content = payload;
    if (this.#channel === undefined && content.length > 0) {
      this.#channel = content[0];
      content = content.subarray(1);
    }
    const channel = this.#channel ?? dataChannel;
    if (final) this.#channel = undefined;
    const skipped = Math.min(this.#toSkip[channel] ?? 0, content.length);
    this.#toSkip[channel] = (this.#toSkip[channel] ?? 0) - skipped;
    this.#deliver(channel, content.subarray(skipped));
  }

  #deliver(channel: number, content: Buffer): void {
    if (content.length === 0 || this.#hasEnded || this.destroyed) return;
    if (channel === errorChannel) {
      const message = content.subarray(0, maxErrorBytes).toString('utf8');
      this.destroy(new ConnectionError(`port-forward: ${message}`));
    } else if (channel === dataChannel && !this.push(content)) {
      this.#socket.pause();
    }
  }

  #endReading(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  /** Says goodbye and waits a little for the server to do so. */
  #close(): void {
    if (this.#isClosing || this.destroyed) return;
    this.#isClosing = true;
    this.#send(opcodes.close, normalClosure);
    this.#socket.end();
    this.#timer = setTimeout(() => this.#socket.destroy(), closeMs);
    this.#socket.once('close', () => clearTimeout(this.#timer));
  }
}
