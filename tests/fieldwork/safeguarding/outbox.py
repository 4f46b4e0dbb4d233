"""A post that keeps what it is handed, and an on-call team for a site."""

import re

from fieldwork.safeguarding import rota
from fieldwork.staff.rights import Role


class Outbox:
    """What left, to whom and when; some addresses can be made not to answer."""

    def __init__(self, study):
        self.study, self.sent, self.away = study, [], set()

    async def send(self, channel, to, subject, text, *, message_id):
        if to in self.away:
            raise ConnectionError
        assert channel in ("email", "sms")
        self.sent.append((self.study.clock.now(), to, f"{subject}: {text}", message_id))
        return message_id

    def to(self, address):
        return [text for _, to, text, _ in self.sent if to == address]


def worker(study):
    """One beat of the worker, as its role."""
    return study.acting(pool="worker", actor="worker:test")


async def reachable(study, post, member):
    """Somebody says where they are reached, and the test message arrives."""
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await rota.reach_by(conn, study.ring, member.no, channel="sms", to=member.email)
    async with worker(study) as conn:
        await rota.test_messages(conn, study.ring, post, now=study.clock.now())
    code = re.search(r"\d{6}", post.to(member.email)[-1])[0]
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await rota.confirm(conn, study.ring, member.no, code, now=study.clock.now())


async def on_rota(study, duty, site_no, **members):
    async with study.acting() as conn:
        for step, member in members.items():
            await rota.put(conn, site_no, duty, step, member.no)
    async with worker(study) as conn:
        await rota.beat(conn, duty, now=study.clock.now())


async def a_watch(study, post, *, site_no=1):
    """Leads, a principal, somebody on call and a deputy, all of them tested."""
    lead, second = [await study.member(Role.SAFEGUARDING_LEAD) for _ in range(2)]
    principal, on_call, deputy = [await study.member(Role.COORDINATOR) for _ in range(3)]
    for member in (lead, second, principal, on_call, deputy):
        await reachable(study, post, member)
    await on_rota(study, "concerns", site_no, lead=lead, deputy=second, principal=principal)
    await on_rota(study, "visits", site_no, on_call=on_call, deputy=deputy)
    post.sent.clear()
    return {"lead": lead, "second": second, "principal": principal, "on_call": on_call, "deputy": deputy}
