import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrame, opcodes } from '../../../src/kube/websocket-frames.ts';

/** What a server sends: the same without a mask. */
function serverFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const masked = encodeFrame(opcode, payload, Buffer.alloc(4));
  const header = masked.subarray(0, masked.length - payload.length - 4);
  header[0] = (final ? 0x80 : 0) | opcode;
  header[1] = (header[1] ?? 0) & 0x7f;
  return Buffer.concat([header, payload]);
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

describe('WebSocket frames', () => {
  it('are the same after any cutting on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ text: fc.uint8Array({ maxLength: 300 }), final: fc.boolean() })),
        fc.integer({ min: 1, max: 400 }),
        (messages, size) => {
          const read = createFrameReader(1_000);
          const sent = messages.map(({ text, final }) => ({ opcode: 2, final, payload: Buffer.from(text) }));
          const bytes = Buffer.concat(sent.map(({ payload, final }) => serverFrame(2, payload, final)));
          expect(pieces(bytes, size).flatMap(read)).toEqual(sent);
        },
      ),
    );
  });

  it.each([0, 125, 126, 65_535, 65_536, 100_000])('carry %i bytes', (length) => {
    const payload = Buffer.alloc(length, 'x');
    const [frame] = createFrameReader(100_000)(serverFrame(opcodes.binary, payload));
    expect(frame?.payload.equals(payload)).toBe(true);
  });

  it('of a client are masked', () => {
    // RFC 6455, 5.7: a single-frame masked text message with "Hello".
    expect(encodeFrame(opcodes.text, Buffer.from('Hello'), Buffer.from([0x37, 0xfa, 0x21, 0x3d]))).toEqual(
      Buffer.from([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]),
    );
  });

  it('of a server that are masked, too long or of an unknown extension are refused', () => {
    expect(() => createFrameReader(10)(encodeFrame(2, Buffer.from('a'), Buffer.alloc(4)))).toThrow('masked');
    expect(() => createFrameReader(10)(serverFrame(2, Buffer.alloc(11)))).toThrow('11 bytes');
    expect(() => createFrameReader(10)(Buffer.from([0xc2, 0x00]))).toThrow('reserved');
  });
});
