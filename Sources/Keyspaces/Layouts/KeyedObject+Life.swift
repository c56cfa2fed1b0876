// Making, rewriting and freeing keyed objects.
//
// Every function returns the object that now holds the key, at a new address or the old one; the
// caller puts it where the old one was referred to. New blocks are filled before old ones are
// freed, because the bytes handed in may lie in the old one.
import RESP

extension KeyedObjectLayout {
    /// A new object; `expiry` nil leaves the field out unless the key is long.
    /// - Parameter isRewrite: the time is that of the object which this one replaces (`embeds`).
    func make(
        key: Bytes, value: Bytes, expiry: Int64?, isRewrite: Bool = false, _ slab: inout Slab
    ) -> KeyedObject {
        guard let number = Decimal.parse(value) else {
            return makeText(key: key, value: value, expiry: expiry, isRewrite: isRewrite, &slab)
        }
        let object = shell(
            key, hasExpiry: hasField(key, expiry), expiry ?? KeyedObject.noExpiry, &slab)
        object.setInteger(number)
        return object
    }

    /// An object for a collection, an integer until it has one.
    func makeHolder(_ key: Bytes, _ slab: inout Slab) -> KeyedObject {
        let object = shell(
            key, hasExpiry: hasField(key, nil), KeyedObject.noExpiry, &slab)
        object.setInteger(0)
        return object
    }

    private func hasField(_ key: Bytes, _ expiry: Int64?) -> Bool {
        expiry != nil || key.count >= Self.expiryReserveKeyLength
    }

    private func makeText(
        key: Bytes, value: Bytes, expiry: Int64?, isRewrite: Bool, isSeparate: Bool = false,
        _ slab: inout Slab
    ) -> KeyedObject {
        let hasExpiry = hasField(key, expiry)
        let time = expiry ?? KeyedObject.noExpiry
        var shape = shape(
            keyLength: key.count, hasExpiry: hasExpiry, valueLength: value.count, slab.quantum,
            isRewrite: isRewrite)
        if isSeparate { shape.embedded = nil }
        guard shape.embedded != nil else {
            let string = SDS.allocate(value, &slab)
            let object = shell(key, hasExpiry: hasExpiry, time, &slab)
            object.setString(string)
            return object
        }
        let object = KeyedObject(address: slab.allocate(size(shape)))
        object.initialize(shape, self, key: key, expiry: time)
        object.setEmbedded(value)
        return object
    }

    /// An object without an embedded value, its pointer field not yet set.
    private func shell(
        _ key: Bytes, hasExpiry: Bool, _ expiry: Int64, _ slab: inout Slab
    ) -> KeyedObject {
        let shape = Shape(keyLength: key.count, hasExpiry: hasExpiry, embedded: nil)
        let object = KeyedObject(address: slab.allocate(size(shape)))
        object.initialize(shape, self, key: key, expiry: expiry)
        return object
    }

    /// `object` with the same value in another form.
    func reformed(
        _ object: KeyedObject, _ value: Bytes, _ form: ValueForm, _ slab: inout Slab
    ) -> KeyedObject {
        let isRight =
            switch form {
            case .compact: true
            case .text: !object.isInteger
            case .separate: object.hasSeparateValue
            }
        if isRight { return object }
        let time = object.expiry
        let result = makeText(
            key: object.key, value: value, expiry: object.hasExpiry ? time : nil,
            isRewrite: time != KeyedObject.noExpiry, isSeparate: form == .separate, &slab)
        free(object, &slab)
        return result
    }

    func free(_ object: KeyedObject, _ slab: inout Slab) {
        if object.separateSize != nil { SDS.free(object.valueString, &slab) }
        slab.free(object.address, size(object.shape))
    }

    /// `object` with another value. As in the servers, a value that is not embedded takes the place
    /// of another such one, and everything else is a new object that has the expiry field only if
    /// the old one had a time in it (or is to get one now).
    /// - Parameter needsExpiry: the caller is going to set an expiry.
    func replace(
        _ object: KeyedObject, with value: Bytes, needsExpiry: Bool, _ slab: inout Slab
    ) -> KeyedObject {
        let old = object.shape
        let number = Decimal.parse(value)
        let keepsPlace =
            old.embedded == nil && (number != nil || value.count > argumentEmbedMax)
            && (object.hasExpiry || !needsExpiry)
        if keepsPlace {
            rewrite(object, with: value, number, &slab)
            return object
        }
        let isRewrite = object.expiry != KeyedObject.noExpiry
        let hasExpiry =
            needsExpiry || isRewrite || old.keyLength >= Self.expiryReserveKeyLength
        let new =
            number != nil
            ? Shape(keyLength: old.keyLength, hasExpiry: hasExpiry, embedded: nil)
            : shape(
                keyLength: old.keyLength, hasExpiry: hasExpiry, valueLength: value.count,
                slab.quantum, isRewrite: isRewrite)
        if new.hasExpiry == old.hasExpiry {
            if new.embedded == nil, old.embedded == nil {
                rewrite(object, with: value, number, &slab)
                return object
            }
            if new.embedded != nil, old.embedded != nil,
                slab.resizeInPlace(from: size(old), to: size(new))
            {
                object.setEmbedded(value)
                return object
            }
        }
        let expiry = hasExpiry ? object.expiry : nil
        let result = make(
            key: object.key, value: value, expiry: expiry, isRewrite: isRewrite, &slab)
        free(object, &slab)
        return result
    }

    /// Puts a value that is not embedded where another such one was.
    private func rewrite(
        _ object: KeyedObject, with value: Bytes, _ number: Int64?, _ slab: inout Slab
    ) {
        if let number {
            if object.separateSize != nil { SDS.free(object.valueString, &slab) }
            object.setInteger(number)
        } else if object.isInteger {
            object.setString(SDS.allocate(value, &slab))
        } else {
            object.setString(SDS.replace(object.valueString, with: value, &slab))
        }
    }

    /// `object` with room for an expiry, and `time` in it. An embedded value for which
    /// there is no room beside it moves to an allocation of its own; a separate one keeps its
    /// string.
    func withExpiry(_ object: KeyedObject, _ time: Int64, _ slab: inout Slab) -> KeyedObject {
        if object.hasExpiry {
            object.setExpiry(time)
            return object
        }
        let result: KeyedObject
        if object.isEmbedded {
            result = make(
                key: object.key, value: SDS.bytes(object.valueString), expiry: time, &slab)
        } else {
            result = shell(object.key, hasExpiry: true, time, &slab)
            result.takeValue(of: object)
        }
        slab.free(object.address, size(object.shape))
        return result
    }
}
