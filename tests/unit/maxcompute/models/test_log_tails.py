from odps_bot.maxcompute.models.log_tails import read_log_tail


def tail(body, *, lines=3, size_bytes=100):
    found = read_log_tail(body, lines=lines, size_bytes=size_bytes)
    return found.lines, found.is_cut


def test_a_short_log_is_whole():
    assert tail(b"one\ntwo\n") == (("one", "two"), False)
    assert tail(b"") == ((), False)


def test_of_a_long_log_the_last_lines_are_left():
    assert tail(b"1\n2\n3\n4\n5\n") == (("3", "4", "5"), True)


def test_a_line_that_lacks_its_beginning_is_left_out():
    assert tail(b"beginning\nlast\n", size_bytes=10) == (("last",), True)


def test_a_service_may_send_as_many_bytes_as_it_was_asked_for():
    assert tail(b"nning\nlast", size_bytes=10) == (("last",), True)


def test_a_whole_first_line_stays():
    assert tail(b"one\ntwo\nsix\n", size_bytes=8) == (("two", "six"), True)


def test_of_one_endless_line_the_end_is_left():
    assert tail(b"x" * 300) == (("x" * 100,), True)


def test_a_character_that_is_cut_in_two_breaks_nothing():
    assert tail("日志\n结束".encode(), size_bytes=9) == (("结束",), True)
