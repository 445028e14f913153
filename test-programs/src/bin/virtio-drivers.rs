//! Drives the block devices of all virtio-mmio slots through the independent
//! crate `virtio-drivers`: patterns are written all over the disk and read
//! back, what a device has to refuse is asked for. What was on a disk is lost,
//! unless it is read-only.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
#[allow(
    unsafe_code,
    reason = "lends memory and devices to a driver, keeps buffers for requests in flight"
)]
mod guest {
    use core::{
        cell::UnsafeCell,
        ptr::NonNull,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use pagewalk_test_programs::{
        board::{self, VIRTIO_SLOTS},
        print, println,
        random::Random,
        static_cell::StaticCell,
    };
    use virtio_drivers::{
        BufferDirection, Error, Hal, PAGE_SIZE, PhysAddr,
        device::blk::{BlkReq, BlkResp, SECTOR_SIZE, VirtIOBlk},
        transport::{
            DeviceType, Transport,
            mmio::{MmioTransport, MmioVersion},
        },
    };

    type Blk = VirtIOBlk<Board, MmioTransport<'static>>;

    /// Pages for the queues of all devices.
    const PAGES: usize = 64;

    #[repr(C, align(4096))]
    struct Pool(UnsafeCell<[u8; PAGES * PAGE_SIZE]>);

    // SAFETY: `Board::dma_alloc` gives out each page once.
    unsafe impl Sync for Pool {}

    static POOL: Pool = Pool(UnsafeCell::new([0; PAGES * PAGE_SIZE]));
    static PAGES_TAKEN: AtomicUsize = AtomicUsize::new(0);

    /// Memory is where it seems to be, and devices see all of it.
    struct Board;

    // SAFETY: pages come from the pool, aligned, zero, and never twice, and are
    // never given back; addresses are physical ones.
    unsafe impl Hal for Board {
        fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
            let first = PAGES_TAKEN.fetch_add(pages, Ordering::Relaxed);
            assert!(first + pages <= PAGES, "out of pages for queues");
            let start = POOL.0.get() as usize + first * PAGE_SIZE;
            let start = NonNull::new(start as *mut u8).expect("memory is not at 0");
            (start.as_ptr() as PhysAddr, start)
        }

        unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
            0
        }

        unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
            NonNull::new(address as *mut u8).expect("no device is at 0")
        }

        unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
            buffer.as_ptr().cast::<u8>() as PhysAddr
        }

        unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
    }

    /// Sectors of the longest request.
    const MOST_SECTORS: usize = 128;

    #[repr(C, align(512))]
    struct Sectors([u8; MOST_SECTORS * SECTOR_SIZE]);

    /// What is written, and what is read back.
    static BUFFERS: StaticCell<[Sectors; 2]> =
        StaticCell::new([const { Sectors([0; MOST_SECTORS * SECTOR_SIZE]) }; 2]);

    /// What sector `sector` holds after it was written in round `round`.
    fn fill(sectors: &mut [u8], first: usize, round: u64) {
        for (index, sector) in sectors.chunks_mut(SECTOR_SIZE).enumerate() {
            let mut words = Random::new((first + index) as u64 ^ round << 48);
            for word in sector.chunks_mut(8) {
                word.copy_from_slice(&words.next().to_le_bytes());
            }
        }
    }

    /// A check that does not hold, and an error where there should be none.
    #[derive(Debug)]
    #[expect(dead_code, reason = "read by way of Debug")]
    enum Failure {
        Check(&'static str),
        Driver(&'static str, Error),
    }

    fn check(holds: bool, what: &'static str) -> Result<(), Failure> {
        if holds {
            Ok(())
        } else {
            Err(Failure::Check(what))
        }
    }

    fn at<T>(what: &'static str, result: Result<T, Error>) -> Result<T, Failure> {
        result.map_err(|error| Failure::Driver(what, error))
    }

    /// Requests of many lengths at many places, the ends of the disk included.
    fn requests(capacity: usize) -> impl Iterator<Item = (usize, usize)> {
        let lengths = [1, 2, 7, 8, 64, MOST_SECTORS];
        let lengths = lengths.into_iter().filter(move |len| *len <= capacity);
        let mut random = Random::new(7);
        lengths.flat_map(move |len| {
            let last = capacity - len;
            let mut any = || random.below(last as u64 + 1) as usize;
            [0, last, any(), any(), any(), any()].map(|first| (first, len))
        })
    }

    /// A device that may be written.
    fn writable(disk: &mut Blk, data: &mut [u8], back: &mut [u8]) -> Result<(), Failure> {
        let capacity = disk.capacity() as usize;
        for (round, (first, len)) in (1..).zip(requests(capacity)) {
            let (data, back) = (
                &mut data[..len * SECTOR_SIZE],
                &mut back[..len * SECTOR_SIZE],
            );
            fill(data, first, round);
            at("write", disk.write_blocks(first, data))?;
            back.fill(0xaa);
            at("read back", disk.read_blocks(first, back))?;
            check(data == back, "what was written is read back")?;
        }
        at("flush", disk.flush())?;
        // One write over the first two sectors: their neighbours keep what
        // they have.
        let keep = at(
            "read",
            disk.read_blocks(2.min(capacity - 1), &mut back[..SECTOR_SIZE]),
        );
        keep?;
        data[..SECTOR_SIZE].copy_from_slice(&back[..SECTOR_SIZE]);
        at("write", disk.write_blocks(0, &[0x55; 2 * SECTOR_SIZE]))?;
        at(
            "read",
            disk.read_blocks(2.min(capacity - 1), &mut back[..SECTOR_SIZE]),
        )?;
        check(
            data[..SECTOR_SIZE] == back[..SECTOR_SIZE],
            "a write leaves the next sector alone",
        )
    }

    /// A device that may only be read.
    fn read_only(disk: &mut Blk, data: &mut [u8], back: &mut [u8]) -> Result<(), Failure> {
        let (data, back) = (&mut data[..SECTOR_SIZE], &mut back[..SECTOR_SIZE]);
        at("read", disk.read_blocks(0, data))?;
        let refused = disk.write_blocks(0, &[0x55; SECTOR_SIZE]);
        check(refused.is_err(), "a write to a read-only disk is refused")?;
        at("read after a write", disk.read_blocks(0, back))?;
        check(data == back, "a refused write changes nothing")
    }

    /// Requests that go beyond the end.
    fn beyond_the_end(disk: &mut Blk, back: &mut [u8]) -> Result<(), Failure> {
        let capacity = disk.capacity() as usize;
        let read = disk.read_blocks(capacity, &mut back[..SECTOR_SIZE]);
        check(read.is_err(), "a read beyond the end is refused")?;
        let read = disk.read_blocks(capacity - 1, &mut back[..2 * SECTOR_SIZE]);
        check(read.is_err(), "a read over the end is refused")?;
        // And a good one after that works.
        at(
            "read",
            disk.read_blocks(capacity - 1, &mut back[..SECTOR_SIZE]),
        )
    }

    /// Four reads in flight at once, which must be what single ones are.
    fn in_flight(disk: &mut Blk, data: &mut [u8], back: &mut [u8]) -> Result<(), Failure> {
        const READS: usize = 4;
        let capacity = disk.capacity() as usize;
        let place = |index: usize| index * (capacity - 1) / (READS - 1);
        for (index, buffer) in data.chunks_mut(SECTOR_SIZE).take(READS).enumerate() {
            at("read", disk.read_blocks(place(index), buffer))?;
        }
        let mut headers: [BlkReq; READS] = Default::default();
        let mut statuses: [BlkResp; READS] = Default::default();
        let mut tokens = [0; READS];
        let buffers = || (0..READS).map(|index| index * SECTOR_SIZE..(index + 1) * SECTOR_SIZE);
        for (index, range) in buffers().enumerate() {
            let (header, status) = (&mut headers[index], &mut statuses[index]);
            // SAFETY: all three live, and are left alone, until the request
            // is completed below.
            let token =
                unsafe { disk.read_blocks_nb(place(index), header, &mut back[range], status) };
            tokens[index] = at("submit", token)?;
        }
        for _ in 0..READS {
            let token = loop {
                if let Some(token) = disk.peek_used() {
                    break token;
                }
                core::hint::spin_loop();
            };
            let index = tokens.iter().position(|other| *other == token);
            let index = index.ok_or(Failure::Check("a request that was made has ended"))?;
            let range = index * SECTOR_SIZE..(index + 1) * SECTOR_SIZE;
            let (header, status) = (&headers[index], &mut statuses[index]);
            // SAFETY: these are the ones of the request with this token.
            let read =
                unsafe { disk.complete_read_blocks(token, header, &mut back[range], status) };
            at("complete", read)?;
        }
        check(
            data[..READS * SECTOR_SIZE] == back[..READS * SECTOR_SIZE],
            "reads in flight are like single ones",
        )
    }

    fn print_identity(slot: usize, version: MmioVersion, disk: &mut Blk) -> Result<(), Failure> {
        let mut name = [0; 20];
        let len = at("id", disk.device_id(&mut name))?;
        let interface = match version {
            MmioVersion::Legacy => "legacy",
            MmioVersion::Modern => "modern",
        };
        print!(
            "slot {slot}: {interface}, {} sectors, id `",
            disk.capacity()
        );
        name[..len]
            .iter()
            .for_each(|byte| print!("{}", char::from(*byte)));
        println!("`{}", if disk.readonly() { ", read-only" } else { "" });
        Ok(())
    }

    fn test(
        slot: usize,
        transport: MmioTransport<'static>,
        [data, back]: &mut [&mut [u8]; 2],
    ) -> Result<(), Failure> {
        let version = transport.version();
        let mut disk: Blk = at("set-up", VirtIOBlk::new(transport))?;
        print_identity(slot, version, &mut disk)?;
        if disk.readonly() {
            read_only(&mut disk, data, back)?;
        } else {
            writable(&mut disk, data, back)?;
        }
        in_flight(&mut disk, data, back)?;
        beyond_the_end(&mut disk, back)
    }

    /// The block device in a slot, if there is one.
    fn probe(slot: usize) -> Option<MmioTransport<'static>> {
        let registers = board::virtio(slot);
        let header = NonNull::new(registers.address() as *mut _)?;
        // SAFETY: there are these registers, and nobody else uses them.
        let transport = unsafe { MmioTransport::new(header, registers.size()) }.ok()?;
        (transport.device_type() == DeviceType::Block).then_some(transport)
    }

    pub(crate) fn program() -> u64 {
        let [data, back] = BUFFERS.take();
        let mut buffers = [&mut data.0[..], &mut back.0[..]];
        let mut disks = 0;
        for slot in 0..VIRTIO_SLOTS {
            let Some(transport) = probe(slot) else {
                continue;
            };
            disks += 1;
            if let Err(failure) = test(slot, transport, &mut buffers) {
                println!("slot {slot} failed: {failure:?}");
                return 1;
            }
            println!("slot {slot} passed");
        }
        println!("disks: {disks}");
        0
    }
}

pagewalk_test_programs::board!(guest::program);
