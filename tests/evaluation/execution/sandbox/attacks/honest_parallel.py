"""No attack: the ways in which algorithms share their work out, and where they keep it."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from multiprocessing import shared_memory


def attack(what):
    return _WAYS[what]()


def double(number):
    return 2 * number


def _fill(name):
    block = shared_memory.SharedMemory(name)
    block.buf[0] = 7
    block.close()


def _threads():
    results = []
    threads = [threading.Thread(target=lambda: results.append(double(3))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(results)


def _pool(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return sum(pool.map(double, range(10)))


def _manager():
    with multiprocessing.Manager() as manager:
        shared = manager.dict()
        process = multiprocessing.Process(target=shared.update, args=({"answer": 90},))
        process.start()
        process.join()
        return shared["answer"]


def _shared_memory():
    block = shared_memory.SharedMemory(create=True, size=1 << 20)
    process = multiprocessing.Process(target=_fill, args=(block.name,))
    process.start()
    process.join()
    number = block.buf[0]
    block.close()
    block.unlink()
    return number


def _subprocess():
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, check=True)
    return int(done.stdout)


def _sqlite():
    with sqlite3.connect("/tmp/notes.db") as connection:
        connection.execute("create table note (number)")
        connection.executemany("insert into note values (?)", [(i,) for i in range(10)])
        return connection.execute("select sum(number) from note").fetchone()[0]


_WAYS = {
    "threads": _threads,
    "fork pool": lambda: _pool("fork"),
    "spawn pool": lambda: _pool("spawn"),
    "manager": _manager,
    "shared memory": _shared_memory,
    "subprocess": _subprocess,
    "sqlite": _sqlite,
}
