//! The office's own log as this phone sees it: it only grows, or the contradiction is kept as a proof (P5).

use super::state::{Inner, key};
use super::{Phone, PhoneError};
use crate::cbor::{self, CborError, Fields, MapBuilder};
use crate::id::{Digest, hex, sha256};
use crate::inspection::Event;
use crate::log::{Epoch, OfficeHead, tree};
use crate::store::{rows, set};
use crate::sync::Pending;
use crate::sync::heads::{Standing, follows, grows, standing};

/// What is known of the office's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeState {
    /// No answer yet.
    Unknown,
    /// Every head that was answered extends the one before.
    Consistent,
    /// The office did not prove that its log only grew; it is asked again.
    Unproven,
    /// The office's log is smaller than what it had answered: it was restored from a backup. Everything is kept here.
    Back,
    /// The office signed two histories; the proof is kept.
    Contradicted,
}

impl Phone {
    /// Proofs that the office told two histories, as kept (`docs/formats` §6.2).
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn office_forks(&self) -> Result<Vec<Vec<u8>>, PhoneError> {
        self.with(|i| Ok(i.store.read(rows::office_forks)?))
    }

    /// Takes the head of a verified answer in. `said` is the content of its `Mz-Response`.
    pub(crate) fn hear(&self, head: OfficeHead, said: &[u8]) -> Result<(), PhoneError> {
        let fork = self.with(|i| i.hear(head, said))?;
        self.contradicted(fork)
    }

    /// Takes the proof that was asked for. `said` and `body` are the whole answer.
    pub(crate) fn take_proof(&self, pending: &Pending, said: &[u8], body: &[u8]) -> Result<(), PhoneError> {
        let fork = self.with(|i| i.take_proof(pending, said, body))?;
        self.contradicted(fork)
    }

    fn contradicted(&self, fork: Option<OfficeFork>) -> Result<(), PhoneError> {
        let Some(fork) = fork else { return Ok(()) };
        let bytes = fork.encode()?;
        let event = Event::OfficeContradicted { first: hex(&sha256(&fork.first)), second: hex(&sha256(&fork.second)) };
        if self.with(|i| Ok(i.enrolled.is_none()))? {
            return self.with(|i| {
                i.store.write::<_, PhoneError>(|tx| Ok(rows::add_office_fork(tx, &sha256(&bytes), &bytes).map(drop)?))
            });
        }
        self.append(None, &[event], Vec::new(), |tx| Ok(rows::add_office_fork(tx, &sha256(&bytes), &bytes).map(drop)?))?;
        self.checkpoint()?;
        Ok(())
    }
}

/// Two signed answers whose heads do not fit; where their sizes differ, also the signed answer that was to prove that they do.
struct OfficeFork {
    first: Vec<u8>,
    second: Vec<u8>,
    /// Request, answer and its body.
    proof: Option<[Vec<u8>; 3]>,
}

impl OfficeFork {
    fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("what", "answers")
            .with("first", self.first.as_slice())
            .with("second", self.second.as_slice());
        let [request, answer, body] = match &self.proof {
            None => [None, None, None],
            Some([request, answer, body]) => [Some(request.as_slice()), Some(answer.as_slice()), Some(body.as_slice())],
        };
        cbor::encode(&m.maybe("request", request).maybe("answer", answer).maybe("body", body).build())
    }
}

impl Inner {
    pub(crate) fn office_state(&self) -> Result<OfficeState, PhoneError> {
        Ok(if !self.store.read(rows::office_forks)?.is_empty() {
            OfficeState::Contradicted
        } else if self.store.setting(key::OFFICE_BACK)?.is_some() {
            OfficeState::Back
        } else if self.office_unproven {
            OfficeState::Unproven
        } else if self.store.read(rows::office_heads)?.is_empty() {
            OfficeState::Unknown
        } else {
            OfficeState::Consistent
        })
    }

    fn hear(&mut self, head: OfficeHead, said: &[u8]) -> Result<Option<OfficeFork>, PhoneError> {
        // Once it has told two histories nothing that it says can mend that.
        if !self.store.read(rows::office_forks)?.is_empty() {
            return Ok(None);
        }
        let kept = self.store.read(rows::office_heads)?;
        let heads: Vec<OfficeHead> = kept.iter().map(|(k, _)| *k).collect();
        match standing(&heads, &head) {
            Standing::First => self.keep(head, said)?,
            Standing::NewEpoch => {
                self.round.new_epoch = (!self.round.epoch_asked).then_some(head.epoch);
                self.office_unproven = true;
            }
            Standing::Same => {
                self.office_unproven = false;
                self.set_back(None)?;
            }
            Standing::Grown => self.round.grown = Some((head, said.to_vec())),
            Standing::Back => {
                let newest = kept.into_iter().next_back().map(|(_, said)| said);
                self.set_back(newest)?;
            }
            Standing::Contradicts => {
                let first = kept.into_iter().find(|(k, _)| k.epoch == head.epoch).map(|(_, said)| said).unwrap_or_default();
                return Ok(Some(OfficeFork { first, second: said.to_vec(), proof: None }));
            }
        }
        Ok(None)
    }

    /// Takes the beginning of a new epoch: signed by the roots, knowing what is kept here. Its leaf 0 is the first head that is kept of it; what it
    /// has grown to since is proven like any growth.
    pub(crate) fn take_epoch(&mut self, asked: u64, status: u16, body: &[u8]) -> Result<(), PhoneError> {
        self.round.new_epoch = None;
        self.round.epoch_asked = true;
        let refused =
            || PhoneError::Refused("机关日志的新纪元没有根密钥的证明 / a new epoch of the office's log is not proven".into());
        if status != 200 {
            return Err(refused());
        }
        let (epoch, payload) = Epoch::open(body, &self.trust()?.roots).map_err(|_| refused())?;
        let kept: Vec<OfficeHead> = self.store.read(rows::office_heads)?.iter().map(|(k, _)| *k).collect();
        if epoch.epoch != asked || !follows(&epoch, &kept) {
            return Err(refused());
        }
        let root = tree::leaf(&epoch.leaf(payload).encode()?);
        self.keep(OfficeHead { epoch: asked, size: 1, root }, body)?;
        // It was restored: what it may have lost is offered again, and its feed is read from the start (F34).
        self.store.write::<_, PhoneError>(|tx| {
            rows::ask_again(tx)?;
            rows::unset(tx, key::FEED)?;
            rows::unset(tx, key::PACK_CHUNKS)?;
            Ok(set(tx, key::FEED_AGAIN, &[1])?)
        })
    }

    fn keep(&mut self, head: OfficeHead, said: &[u8]) -> Result<(), PhoneError> {
        self.store.write::<_, PhoneError>(|tx| {
            rows::put_office_head(tx, &head, said)?;
            Ok(rows::unset(tx, key::OFFICE_BACK)?)
        })?;
        self.office_unproven = false;
        self.round.set_back = None;
        Ok(())
    }

    /// Notes, or takes back, that the office's log is smaller than what it had answered; `said` is the answer that it is to be shown.
    pub(crate) fn set_back(&mut self, said: Option<Vec<u8>>) -> Result<(), PhoneError> {
        let known = self.store.setting(key::OFFICE_BACK)?.is_some();
        if known != said.is_some() {
            self.store.write::<_, PhoneError>(|tx| match said {
                Some(_) => Ok(set(tx, key::OFFICE_BACK, &[1])?),
                None => Ok(rows::unset(tx, key::OFFICE_BACK)?),
            })?;
        }
        self.round.set_back = said;
        Ok(())
    }

    fn take_proof(&mut self, pending: &Pending, said: &[u8], body: &[u8]) -> Result<Option<OfficeFork>, PhoneError> {
        self.round.proof_asked = true;
        let Some((asked, asked_said)) = pending.grown.clone() else { return Ok(None) };
        let kept = self.store.read(rows::office_heads)?.into_iter().find(|(k, _)| k.epoch == asked.epoch);
        let Some((kept, kept_said)) = kept else { return Ok(None) };
        if grows(&kept, &asked, &proof(body)?) {
            // What was answered meanwhile may be larger still; it is proven in the next round.
            self.keep(asked, &asked_said)?;
            return Ok(None);
        }
        let proof = Some([pending.asked.clone(), said.to_vec(), body.to_vec()]);
        Ok(Some(OfficeFork { first: kept_said, second: asked_said, proof }))
    }
}

/// `{"proof": [* digest]}`
fn proof(body: &[u8]) -> Result<Vec<Digest>, CborError> {
    let mut f = Fields::of(cbor::decode(body)?)?;
    let proof = f.req("proof", "proof")?.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<_, _>>()?;
    f.end()?;
    Ok(proof)
}
