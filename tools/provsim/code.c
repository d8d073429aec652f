#include "code.h"

#define SYNC 0xa5c3u

enum { BITS = 80 };

/* CRC-16/CCITT of the 48 bits of block and word. */
static uint16_t check_sum(uint32_t block, uint16_t word)
{
	uint64_t bits = (uint64_t)block << 16 | word;
	uint16_t crc = 0xffff;

	for (int i = 47; i >= 0; i--) {
		uint16_t top = (uint16_t)(crc >> 15 ^ (bits >> i & 1));

		crc = (uint16_t)(crc << 1 ^ (top ? 0x1021 : 0));
	}
	return crc;
}

void code_write(uint8_t ulaw[CODE_BLOCK_N], uint32_t block, uint16_t word)
{
	uint64_t hi = SYNC; /* the first 16 bits; lo: the other 64 */
	uint64_t lo = (uint64_t)block << 32 | (uint64_t)word << 16 |
		      check_sum(block, word);

	for (int i = 0; i < BITS; i++) {
		unsigned bit = i < 16 ? hi >> (15 - i) & 1 : lo >> (79 - i) & 1;

		ulaw[i] = (uint8_t)((ulaw[i] & 0xfe) | bit);
	}
}

/* The last 80 bits are a block: whose? */
static bool is_block(const struct code_reader *r, struct code_block *b)
{
	if ((r->hi & 0xffff) != SYNC)
		return false;
	b->block = (uint32_t)(r->lo >> 32);
	b->word = (uint16_t)(r->lo >> 16);
	b->at_n = r->pos_n - CODE_BLOCK_N;
	return (uint16_t)r->lo == check_sum(b->block, b->word);
}

static void count(struct code_reader *r, const struct code_block *b)
{
	int64_t ahead;

	if (r->locked_n) {
		ahead = (int64_t)b->block - r->block - 1;
		if (ahead > 0)
			r->lost_n += ahead * CODE_BLOCK_N;
		else
			r->twice_n -= ahead * CODE_BLOCK_N;
	}
	r->locked_n = r->pos_n;
	r->block = b->block;
}

bool code_read(struct code_reader *r, struct sv *ulaw, struct code_block *b)
{
	while (ulaw->len) {
		r->hi = r->hi << 1 | r->lo >> 63;
		r->lo = r->lo << 1 | ((uint8_t)*ulaw->p & 1);
		ulaw->p++;
		ulaw->len--;
		r->pos_n++;
		if (r->pos_n >= CODE_BLOCK_N && is_block(r, b)) {
			count(r, b);
			return true;
		}
	}
	return false;
}
