/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The index and mask protocol of lib/transport/ring.c: a writer and a reader that sleep when there is
 * nothing for them to do, on a machine whose stores reach memory late.
 *
 * Each side has a buffer of stores, which empties in order at any time, as on x86 (and, with release
 * stores, on arm64); a full barrier waits until one's own is empty. Neither side ever reads back what
 * it stores itself. Space is counted in packets: a ring of S places holds S - 1.
 *
 * Properties:
 *	1 each side ends: no wake-up is lost, whatever the order (no invalid end state)
 *	2 the reader never sees more than the ring can hold, the writer never writes over what is unread
 *	3 every packet is read once, in order
 *
 * Each barrier and look of the protocol can be left out by a macro, and is then missed: ring.sh checks
 * that SPIN finds an error without it, so the model is able to.
 */

#define S	3
#define PACKETS 6

#define READ_INDEX  0
#define WRITE_INDEX 1
#define MASK	    2
#define PENDING	    3

byte memory[4];	 /* of the header, as the other side sees it */
byte place[S];	 /* which packet lies there */
bool wakes_reader, wakes_writer; /* interrupts that have not been taken */

chan writers_stores = [2] of { byte, byte };
chan readers_stores = [2] of { byte, byte };

#define BARRIER(stores)	 empty(stores)
#define USED(begin, end) ((end + S - begin) % S)

active proctype memory_of_writer()
{
	byte at, value;
end:
	do
	:: atomic { writers_stores?at, value -> memory[at] = value }
	od
}

active proctype memory_of_reader()
{
	byte at, value;
end:
	do
	:: atomic { readers_stores?at, value -> memory[at] = value }
	od
}

active proctype writer()
{
	byte sent, index, begin, room, mask, read_index;

	do
	:: sent == PACKETS -> break
	:: else ->
		/* find_room */
		read_index = memory[READ_INDEX];
		room = S - USED(read_index, index);
		if
		:: room <= 1 ->
			writers_stores!PENDING, 1;
#ifndef NO_BARRIER_BEFORE_SLEEP
			BARRIER(writers_stores);
#endif
#ifndef NO_SECOND_LOOK_FOR_ROOM
			read_index = memory[READ_INDEX];
			room = S - USED(read_index, index)
#endif
		:: else
		fi;
		if
		:: room <= 1 -> /* -EAGAIN */
			atomic { wakes_writer -> wakes_writer = false }
		:: else ->
			writers_stores!PENDING, 0;
			place[index] = sent;
			/* publish */
			begin = index;
			index = (index + 1) % S;
			writers_stores!WRITE_INDEX, index;
#ifndef NO_BARRIER_AFTER_WRITE
			BARRIER(writers_stores);
#endif
			mask = memory[MASK];
			read_index = memory[READ_INDEX];
			if
			:: mask == 0 && read_index == begin -> wakes_reader = true
			:: else
			fi;
			sent++
		fi
	od
}

active proctype reader()
{
	byte got, index, there, room, pending, write_index;

	do
	:: got == PACKETS -> break
	:: else ->
		write_index = memory[WRITE_INDEX];
		there = USED(index, write_index);
		if
		:: there > 0 ->
			assert(there < S);
			assert(place[index] == got);
			got++;
			/* consume, makes_room */
			index = (index + 1) % S;
			readers_stores!READ_INDEX, index;
#ifndef NO_BARRIER_AFTER_READ
			BARRIER(readers_stores);
#endif
			pending = memory[PENDING];
			write_index = memory[WRITE_INDEX];
			room = S - USED(index, write_index);
			if
			:: pending > 0 && room > pending && room - 1 <= pending -> wakes_writer = true
			:: else
			fi;
			if
			:: readers_stores!MASK, 1 /* it may, whenever it likes */
			:: skip
			fi
		:: else ->
			/* hvg_ring_unmask, then sleep */
			readers_stores!MASK, 0;
#ifndef NO_BARRIER_AFTER_UNMASK
			BARRIER(readers_stores);
#endif
#ifndef NO_SECOND_LOOK_FOR_PACKETS
			write_index = memory[WRITE_INDEX];
#endif
			if
			:: write_index != index
			:: else -> atomic { wakes_reader -> wakes_reader = false }
			fi
		fi
	od
}
